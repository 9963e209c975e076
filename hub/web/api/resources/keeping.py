"""Keeping: after how long conversations are erased."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any

from pydantic import Field

from hub.agents.rights import Right
from hub.privacy import ages
from hub.privacy.ages import Ages
from hub.store.database import Session
from hub.web.api import problem
from hub.web.api.call import Call
from hub.web.api.model import Flag, Given, Number, Shown, example
from hub.web.api.problem import Problem
from hub.web.api.resource import Resource
from hub.web.api.resources.naming import ShortName

resource = Resource("Keeping", "After how long conversations are erased.")

Days = Annotated[Number, Field(le=36_500)]
_EXAMPLE: dict[str, Any] = {"usual": 1095, "channels": {"webchat": 365}}


class Keeping(Shown):
    """Ages in days; 0: for ever."""

    model_config = example(**_EXAMPLE)

    usual: int
    channels: dict[str, int] = Field(description="By kind of channel, where it is another")


class NewKeeping(Given):
    """Ages in days; 0: for ever."""

    model_config = example(**_EXAMPLE, sure=False)

    usual: Days
    channels: Annotated[dict[ShortName, Days], Field(max_length=20)] = Field(default_factory=dict)
    sure: Flag = Field(False, description="Erase more than until now")


@resource.get("/keeping", needs=Right.ERASE_CUSTOMERS)
async def show(call: Call) -> Keeping:
    """Show after how long conversations are erased."""
    return _shown(await call.read(ages.live, call.context.settings))


@resource.put("/keeping", needs=Right.ERASE_CUSTOMERS)
async def put(call: Call, given: NewKeeping) -> Keeping:
    """Erase conversations after another time.

    What would erase more than until now is refused unless `sure` says so.
    """
    wanted = Ages(
        timedelta(days=given.usual),
        {kind: timedelta(days=days) for kind, days in given.channels.items()},
    )

    def write(session: Session) -> None:
        settings = call.context.settings
        before = ages.live(session, settings)
        more = ages.too_old(session, wanted, call.now)
        if more > ages.too_old(session, before, call.now) and not given.sure:
            raise Problem(problem.CONFLICT, f"{more} conversations would be erased; say `sure`")
        ages.change(session, settings, call.by, wanted)

    await call.act(write)
    return await show(call)


def _shown(one: Ages) -> Keeping:
    return Keeping(
        usual=one.usual.days, channels={kind: age.days for kind, age in one.channels.items()}
    )
