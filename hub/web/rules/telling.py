"""Rules told to the viewer, in their language."""

from __future__ import annotations

from hub.agents import directory
from hub.store.database import Session
from hub.web.asked import Asked
from hub.web.rules.sentences import Teller


def teller(asked: Asked, session: Session) -> Teller:
    """Tells rules in the viewer's language, with teams and agents by their names."""
    policy = asked.site.context.policy()
    named = {team.id: team.name for team in directory.teams(
        session, asked.viewer.agent_id, asked.viewer.locale)}  # fmt: skip
    people = directory.agent_names(session)
    called = {slug: named[one] for slug, one in policy.teams.items() if one in named}
    called |= {mail: people[one] for mail, one in policy.agents.items() if one in people}
    return Teller(asked.say, asked.locale, called, persian=asked.persian_digits)
