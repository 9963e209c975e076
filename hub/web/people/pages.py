"""The pages about agents, with who may use them."""

from __future__ import annotations

from typing import Final

from hub.agents.rights import Right
from hub.web.asked import Entry
from hub.web.people import join, manage

AGENT: Final = "/people/{agent:uuid}"
FORGOT: Final = "who forgot the password can not sign in, and the answer tells nothing"
LINK: Final = "the signed link is the key, and nobody is signed in yet"

ROUTES: Final[tuple[Entry, ...]] = (
    Entry("GET", "/people", manage.show, Right.MANAGE_PEOPLE),
    Entry("POST", "/people", manage.invite, Right.MANAGE_PEOPLE),
    Entry("GET", "/people/rows", manage.rows, Right.MANAGE_PEOPLE),
    Entry("GET", AGENT, manage.one, Right.MANAGE_PEOPLE),
    Entry("POST", AGENT, manage.save, Right.MANAGE_PEOPLE),
    Entry("POST", AGENT + "/link", manage.make_link, Right.MANAGE_PEOPLE),
    Entry("POST", AGENT + "/deactivate", manage.deactivate, Right.MANAGE_PEOPLE),
    Entry("POST", AGENT + "/reactivate", manage.reactivate, Right.MANAGE_PEOPLE),
    Entry("POST", AGENT + "/second-step-off", manage.second_step_off, Right.MANAGE_PEOPLE),
    Entry("POST", AGENT + "/mail", manage.mail_link, Right.MANAGE_PEOPLE),
    Entry("GET", "/forgotten", join.ask, None, FORGOT),
    Entry("POST", "/forgotten", join.send, None, FORGOT),
    Entry("GET", "/join/{token}", join.form, None, LINK),
    Entry("POST", "/join/{token}", join.join, None, LINK),
)
