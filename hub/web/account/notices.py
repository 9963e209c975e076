"""GET /me/notices: what the agent is told of, by which way, and the agent's own linked account."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from starlette.responses import Response

from hub.agents import linking, notices
from hub.agents.linking import Linked
from hub.agents.notices import OCCASIONS, WAYS, Choices
from hub.store.database import Session
from hub.web import inbox
from hub.web.asked import Asked, status

PAGE = "/me/notices"


@dataclass(frozen=True)
class Notices:
    """accounts: those that an own account can be linked to. token: what is to be sent there, shown
    once; `account` is where."""

    template: ClassVar[str] = "notices.html"

    occasions: tuple[str, ...]
    ways: tuple[str, ...]
    chosen: Choices
    linked: Linked | None
    accounts: tuple[str, ...]
    token: str | None = None
    account: str | None = None
    mails: bool = False
    saved: bool = False


async def show(asked: Asked) -> Response:
    """GET /me/notices"""
    return await _page(asked, saved=asked.query("saved") == "1")


async def save(asked: Asked) -> Response:
    """POST /me/notices: for each way the occasions that are checked."""
    ways = {way: [str(one) for one in asked.form.getlist(way)] for way in WAYS}
    await asked.write(notices.choose, asked.viewer.agent_id, ways)
    return asked.go(f"{PAGE}?saved=1")


async def link(asked: Asked) -> Response:
    """POST /me/notices/link: account. Shows a token that links who sends it there."""
    account = asked.field("account")
    if account not in _accounts(asked):
        raise status(404)
    now = asked.site.context.clock.now()
    token = await asked.write(linking.offer, asked.viewer.agent_id, account, now)
    return await _page(asked, token=token, account=account)


async def unlink(asked: Asked) -> Response:
    """POST /me/notices/unlink"""
    await asked.write(linking.unlink, asked.viewer.agent_id)
    return asked.go(PAGE)


def _accounts(asked: Asked) -> tuple[str, ...]:
    known = asked.site.context.policy().accounts
    return tuple(name for name, one in known.items() if one.kind in linking.KINDS)


async def _page(
    asked: Asked, *, token: str | None = None, account: str | None = None, saved: bool = False
) -> Response:
    def read(session: Session) -> tuple[inbox.Beside, Choices, Linked | None]:
        agent_id = asked.viewer.agent_id
        return (
            inbox.beside(session, asked.viewer),
            notices.choices(session, agent_id),
            linking.linked(session, agent_id),
        )

    around, chosen, linked = await asked.read(read)
    view = Notices(
        occasions=tuple(OCCASIONS),
        ways=tuple(WAYS),
        chosen=chosen,
        linked=linked,
        accounts=_accounts(asked),
        token=token,
        account=account,
        mails=any(one.kind == "mail" for one in asked.site.context.policy().accounts.values()),
        saved=saved,
    )
    return await asked.show(view, page=inbox.page_with_rail(asked, around))
