"""The routes of these pages."""

from __future__ import annotations

from typing import Final

from hub.agents.rights import Right
from hub.web.asked import Entry
from hub.web.routing import hours, promises, teams, why

TEAM: Final = "/teams/{team:uuid}"
MEMBER: Final = TEAM + "/members/{agent:uuid}"
PROMISE: Final = "/promises/{policy:uuid}"

ROUTES: Final[tuple[Entry, ...]] = (
    Entry("GET", "/conversations/{id:uuid}/routing/{decision:uuid}", why.show, Right.READ),
    Entry("GET", "/teams", teams.show, Right.MANAGE_TEAMS),
    Entry("POST", "/teams", teams.create, Right.MANAGE_TEAMS),
    Entry("GET", TEAM, teams.one, Right.MANAGE_TEAMS),
    Entry("POST", TEAM, teams.save, Right.MANAGE_TEAMS),
    Entry("POST", TEAM + "/restricted", teams.restrict, Right.MANAGE_TEAMS),
    Entry("GET", TEAM + "/hours", hours.show, Right.MANAGE_TEAMS),
    Entry("POST", TEAM + "/hours", hours.save, Right.MANAGE_TEAMS),
    Entry("POST", TEAM + "/members", teams.add_member, Right.MANAGE_TEAMS),
    Entry("GET", MEMBER, teams.member, Right.MANAGE_TEAMS),
    Entry("POST", MEMBER, teams.save_member, Right.MANAGE_TEAMS),
    Entry("POST", MEMBER + "/remove", teams.remove_member, Right.MANAGE_TEAMS),
    Entry("GET", "/promises", promises.show, Right.MANAGE_TEAMS),
    Entry("GET", "/promises/new", promises.new, Right.MANAGE_TEAMS),
    Entry("POST", "/promises/new", promises.create, Right.MANAGE_TEAMS),
    Entry("GET", PROMISE, promises.one, Right.MANAGE_TEAMS),
    Entry("POST", PROMISE, promises.save, Right.MANAGE_TEAMS),
    Entry("POST", PROMISE + "/switch", promises.switch, Right.MANAGE_TEAMS),
    Entry("POST", PROMISE + "/move", promises.move, Right.MANAGE_TEAMS),
    Entry("POST", PROMISE + "/delete", promises.delete, Right.MANAGE_TEAMS),
    Entry("POST", PROMISE + "/restore", promises.restore, Right.MANAGE_TEAMS),
)
