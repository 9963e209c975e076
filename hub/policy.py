"""What decides how messages are handled, read once and held as a value.

Intake and automation get a `Policy` with each transaction. When an admin changes a rule, a
template, a team or the hours, the next transaction gets a new one; nothing pauses.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlmodel import Session, col, select

from hub import organisation
from hub.calendars import Hours, zone
from hub.customers import blocked_senders
from hub.customers.attributes import Attribute, defined
from hub.customers.blocked_senders import NOBODY, BlockedSenders
from hub.message import Content
from hub.replies.library import Library
from hub.replies.revisions import live_library
from hub.routing.policy import RoutingPolicy, TeamRouting
from hub.routing.sla.policies import live_policies
from hub.rules.engine import RuleSet
from hub.rules.engine.vocabulary import NameKind
from hub.rules.revisions import live_rules
from hub.rules.segments import NO_SEGMENTS, SegmentSet, live_segments
from hub.satisfaction.asking import Asking
from hub.satisfaction.surveys import MAIN, USUAL, SurveyKind
from hub.security.keys import Keys
from hub.settings import Organisation, Settings
from hub.settings.model import Satisfaction, SurveySettings
from hub.store.tables import Agent, Brand, Team


@dataclass(frozen=True)
class AccountInfo:
    """What the rest of the hub knows of a connected account. addresses: those that it reads."""

    name: str
    kind: str
    brand_id: UUID
    threads: bool = False
    addresses: frozenset[str] = frozenset()


@dataclass(frozen=True)
class ConnectedKind:
    """What is set for a connected account; `brand` by its slug, "" for the main one."""

    kind: str
    brand: str
    threads: bool
    addresses: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Policy:
    """set_up: whether the first set-up is over. teams: slug to id. agents: mail address to id.
    hours: by team id, None for everybody."""

    brand_id: UUID
    organisation: Organisation
    set_up: bool
    teams: Mapping[str, UUID]
    agents: Mapping[str, UUID]
    hours: Mapping[UUID | None, Hours]
    accounts: Mapping[str, AccountInfo]
    rules: RuleSet
    revision_id: int | None
    templates: Library
    keys: Keys
    routing: RoutingPolicy
    reopen_within: timedelta
    late_after: timedelta
    give_up_after: timedelta
    webhooks: frozenset[str]
    pause: timedelta
    longest_pause: timedelta
    asking: Asking
    reactions: Mapping[str, int]
    segments: SegmentSet = NO_SEGMENTS
    attributes: tuple[Attribute, ...] = ()
    blocked: BlockedSenders = NOBODY

    def render(
        self,
        template: str,
        locale: str,
        variables: Mapping[str, object],
        *,
        channel: str | None = None,
    ) -> Content:
        """Write an answer as fits a kind of channel. Raises `hub.replies.TemplateError`."""
        return self.templates.render(template, locale, variables, channel=channel)

    @property
    def brand_name(self) -> str:
        """How customers know us."""
        return self.organisation.name

    @property
    def locale(self) -> str:
        """The language where nobody has chosen one."""
        return self.organisation.locale

    def rules_naming(self, kind: NameKind, name: str) -> tuple[str, ...]:
        """The ids of the rules that name it."""
        return tuple(
            rule.id
            for rule in self.rules.rules
            if any((one, named) == (kind, name) for one, named, _ in rule.names())
        )

    def segments_naming(self, kind: NameKind, name: str) -> tuple[str, ...]:
        """The ids of the segments whose conditions name it."""
        return tuple(
            segment.id for segment in self.segments.segments if (kind, name) in segment.names()
        )

    def team_slug(self, team_id: UUID | None) -> str | None:
        return next((slug for slug, known in self.teams.items() if known == team_id), None)

    def agent_mail(self, agent_id: UUID | None) -> str | None:
        return next((mail for mail, known in self.agents.items() if known == agent_id), None)


def survey_kinds(given: Satisfaction) -> dict[str, SurveyKind]:
    """The surveys by name; what a further one leaves out is as the main one has it."""
    named = {MAIN: SurveySettings(), **given.surveys}
    return {name: _survey_kind(name, given, own) for name, own in named.items()}


def _survey_kind(name: str, main: Satisfaction, own: SurveySettings) -> SurveyKind:
    form = own.form or main.form
    # A scale and a template belong to a form; another form does not take over the main one's.
    same = form == main.form
    scale = own.scale if own.scale is not None else main.scale if same else 0
    template = own.template if own.template is not None else main.template if same else ""
    return SurveyKind(
        name=name,
        form=form,
        scale=scale or USUAL[form],
        template=template or ("recommend" if form == "nps" else "survey"),
        comment=main.comment if own.comment is None else own.comment,
        languages=main.languages if own.languages is None else own.languages,
        delay=main.delay if own.delay is None else own.delay,
        at_most_every=main.at_most_every if own.at_most_every is None else own.at_most_every,
        expires_after=main.expires_after if own.expires_after is None else own.expires_after,
        change_within=main.change_within if own.change_within is None else own.change_within,
    )


def load_policy(
    session: Session, settings: Settings, keys: Keys, accounts: Mapping[str, ConnectedKind]
) -> Policy:
    """Read what decides now. `accounts` are the connected ones, by name."""
    brands = {brand.slug: brand for brand in session.exec(select(Brand)).all()}
    by_id = {brand.id: brand for brand in brands.values()}
    main = organisation.read(session, settings)
    zone_name = main.organisation.time_zone
    teams = session.exec(select(Team)).all()
    agents = session.exec(select(Agent).where(col(Agent.active).is_(True))).all()
    hours: dict[UUID | None, Hours] = {None: main.hours}
    for team in teams:
        brand = by_id[team.brand_id]
        given = team.hours or (brand.hours if brand.slug != organisation.MAIN_BRAND else None)
        if given is not None:
            hours[team.id] = Hours.model_validate({"time_zone": zone_name, **given})
    rules = live_rules(session)
    connected = {
        name: AccountInfo(
            name=name,
            kind=account.kind,
            brand_id=brands[account.brand].id if account.brand in brands else main.brand_id,
            threads=account.threads,
            addresses=account.addresses,
        )
        for name, account in accounts.items()
    }
    templates = live_library(
        session,
        zone=zone(zone_name),
        fallback=(main.organisation.locale, "en"),
        links=settings.templates.links,
    )
    return Policy(
        brand_id=main.brand_id,
        organisation=main.organisation,
        set_up=main.over,
        teams={team.slug: team.id for team in teams},
        agents={agent.mail: agent.id for agent in agents},
        hours=hours,
        accounts=connected,
        rules=rules.ruleset,
        revision_id=rules.id,
        templates=templates,
        keys=keys,
        routing=RoutingPolicy(
            teams={
                team.slug: TeamRouting(team.id, team.strategy, team.fixed_agent_id)  # type: ignore[arg-type]
                for team in teams
            },
            agents={agent.mail: agent.id for agent in agents},
            kinds={name: account.kind for name, account in accounts.items()},
            capacity=settings.routing.capacity,
            weights=settings.routing.weights,
            key_stages=frozenset(settings.routing.key_stages),
            key_segments=frozenset(settings.routing.key_segments),
            hours=hours,
            sla=live_policies(session),
        ),
        reopen_within=settings.conversations.reopen_within,
        late_after=settings.conversations.late_mail_after,
        pause=settings.conversations.pause,
        longest_pause=settings.conversations.longest_pause,
        give_up_after=settings.outbox.give_up_after,
        webhooks=frozenset(settings.webhooks.endpoints),
        asking=Asking(
            kinds=survey_kinds(settings.satisfaction),
            give_up_after=settings.outbox.give_up_after,
            locale=main.organisation.locale,
            organisation=main.organisation.name,
            accounts=connected,
            keys=keys,
            render=templates.render,
        ),
        reactions=settings.satisfaction.reactions,
        segments=live_segments(session),
        attributes=defined(session),
        blocked=blocked_senders.live(session),
    )
