"""What admins and agents see and change about who gets what, through the pages."""

from __future__ import annotations

import html
import re
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import pytest
from sqlmodel import Session

from hub import routing
from hub.conversations.ledger import Ledger
from tests.desk import until
from tests.web.desk import Browser, Desk, desk


@pytest.fixture
async def opened(folder: Path, database_url: str) -> AsyncIterator[Desk]:
    async with desk(folder, database_url=database_url) as running:
        yield running


async def promise(admin: Browser, **values: str) -> int:
    """Fill in the form of a new promise; the status of the answer."""
    form = {"name-en": "Sample promise", "first_answer": "2h", "warn_before": "15m", **values}
    await admin.get("/promises/new")
    return (
        await admin.post("/promises/new", {"office": "wall", "enabled": "1", **form})
    ).status_code


@pytest.mark.both(full=True)
async def test_a_promise_that_is_made_stands_in_the_list_and_on_the_conversation(
    opened: Desk,
) -> None:
    admin = await opened.signed_in("Ava", "admin")
    await opened.writes("sample words")
    conversation = await opened.conversation()
    assert "Due in" not in (await admin.get("/inbox")).text
    assert await promise(admin) == 303
    await opened.until("SELECT sla_target FROM conversation", "first")
    assert "Due in" in (await admin.get("/inbox")).text
    assert "Due in" in (await admin.get(f"/conversations/{conversation}?view=mine")).text
    page = (await admin.get("/promises")).text
    assert "Sample promise" in page
    policy = (await opened.row("SELECT id FROM sla_policy WHERE slug = 'sample-promise'"))[0]
    gone = await admin.post(f"/promises/{policy}/delete", partial=False)
    await opened.until("SELECT count(*) FROM conversation WHERE sla_target IS NOT NULL", 0)
    assert "Due in" not in (await admin.get("/inbox")).text
    action, fields = undo((await admin.get(gone.headers["location"])).text)
    for _ in range(2):
        await admin.post(action, fields)
    await opened.until("SELECT sla_target FROM conversation", "first")
    assert (await admin.get("/promises")).text.count("Sample promise") == page.count(
        "Sample promise"
    )


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("first_answer", "soon", "length of time"),
        ("resolution", "0s", "length of time"),
        ("first_answer", "", "at least one"),
        ("name-en", " ", "needs a name"),
    ],
)
async def test_a_promise_that_is_none_comes_back_with_what_was_typed(
    opened: Desk, field: str, value: str, said: str
) -> None:
    admin = await opened.signed_in("Ava", "admin")
    await admin.get("/promises/new")
    form = {"name-en": "Sample", "name-fa": "", "first_answer": "2h", "stages": "typed stage"}
    answer = await admin.post("/promises/new", {**form, field: value}, partial=False)
    assert answer.status_code == 422
    assert said in answer.text
    assert "typed stage" in answer.text


async def test_lengths_are_read_in_persian_digits(opened: Desk) -> None:
    admin = await opened.signed_in("Ava", "admin", locale="fa")
    assert await promise(admin, first_answer="۹۰m") == 303
    row = await opened.row("SELECT first_answer FROM sla_policy WHERE slug = 'sample-promise'")
    assert row[0] == 5400


@pytest.mark.both(full=True)
async def test_what_an_agent_takes_is_set_on_the_teams_page(opened: Desk) -> None:
    admin = await opened.signed_in("Ava", "admin")
    await opened.agent("Ben")
    team = await opened.team("support", "Ava")
    page = (await admin.get(f"/teams/{team}")).text
    assert "Ben" in page
    await admin.post(f"/teams/{team}/members", {"agent": str(opened.agents["Ben"])})
    member = f"/teams/{team}/members/{opened.agents['Ben']}"
    await admin.get(member)
    form = {"share": "3", "capacity": "۷", "limit-memory": "2", "language": ["fa", "en"]}
    assert (await admin.post(member, form)).status_code == 303
    row = await opened.row(
        "SELECT m.share, a.capacity FROM team_member m JOIN availability a"
        " ON a.agent_id = m.agent_id WHERE m.share = 3"
    )
    assert tuple(row) == (3, 7)
    answer = await admin.post(member, {**form, "capacity": "many"})
    assert answer.status_code == 422
    assert "whole number" in answer.text
    await admin.post(f"/teams/{team}", {"name-en": "Support", "strategy": "round_robin"})
    await opened.until("SELECT strategy FROM team WHERE slug = 'support'", "round_robin")
    answer = await admin.post(f"/teams/{team}", {"name-en": "Support", "strategy": "fixed"})
    assert answer.status_code == 422
    await admin.post(f"{member}/remove")
    assert (await admin.get(member)).status_code == 404


async def test_a_new_team_needs_a_name_that_rules_can_use(opened: Desk) -> None:
    admin = await opened.signed_in("Ava", "admin")
    await admin.get("/teams")
    assert (await admin.post("/teams", {"name": "Returns", "slug": "re turns"})).status_code == 422
    answer = await admin.post("/teams", {"name": "Returns", "slug": "returns"})
    assert answer.status_code == 303
    assert "Returns" in (await admin.get(answer.headers["location"])).text
    answer = await admin.post("/teams", {"name": "Again", "slug": "returns"})
    assert answer.status_code == 422


async def test_an_agent_chooses_to_be_away_and_colleagues_see_it(opened: Desk) -> None:
    ava, ben = await opened.signed_in("Ava"), await opened.signed_in("Ben")
    opened.hub.attendance.opened(opened.agents["Ben"])
    await opened.until("SELECT max(state) FROM availability", "online")
    await ben.get("/me")
    assert (
        await ben.post("/me/presence", {"presence": "away", "next": "/inbox"})
    ).status_code == 303
    await opened.until("SELECT max(state) FROM availability", "away")
    await opened.writes("sample words")
    page = (await ava.get(f"/conversations/{await opened.conversation()}")).text
    assert "presence-away" in page
    assert (await ben.post("/me/presence", {"presence": "asleep"})).status_code == 422


@pytest.mark.both(full=True)
async def test_the_thread_says_why_somebody_has_it_or_nobody(opened: Desk) -> None:
    ava = await opened.signed_in("Ava")
    await opened.team("support", "Ava")
    await opened.writes("sample words")
    conversation = await opened.conversation()

    def route(session: Session) -> None:
        ledger = Ledger(session, opened.clock.now())
        ledger.load([conversation])
        routing.assign(
            session,
            ledger,
            opened.hub.policy.routing,
            ledger.conversations[conversation],
            actor="rule:sample",
            now=opened.clock.now(),
            strategy="least_busy",
        )
        ledger.flush()

    await opened.hub.database.write(route)
    page = (await ava.get(f"/conversations/{conversation}")).text
    assert "It waits for somebody: nobody who could take it is online" in page
    opened.hub.attendance.opened(opened.agents["Ava"])
    await opened.until("SELECT count(*) FROM conversation WHERE assignee_id IS NOT NULL", 1)
    page = (await ava.get(f"/conversations/{conversation}")).text
    links = re.findall(rf"/conversations/{conversation}/routing/[0-9a-f-]+", page)
    assert len(links) == 2
    first, last = [(await ava.get(link)).text for link in links]
    assert "Nobody who could take it was online." in first
    assert "was offline" in first
    assert "this agent had the least to do" in last
    foreign = links[0].replace(str(conversation), str(uuid4()))
    assert (await ava.get(foreign)).status_code == 404


def undo(page: str) -> tuple[str, dict[str, str]]:
    """The form of the toast that takes the last act back."""
    toast = page[page.index('id="toast"') :]
    action = re.search(r'action="([^"]+)"', toast)
    fields = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', toast)
    assert action, toast
    return action[1], {name: html.unescape(value) for name, value in fields}


async def test_a_team_has_hours_of_its_own_until_they_are_taken_back(opened: Desk) -> None:
    admin = await opened.signed_in("Ava", "admin")
    team = await opened.team("nights")
    path = f"/teams/{team}/hours"
    assert "those of the organisation" in (await admin.get(path)).text

    async def at_night() -> bool:
        hours = opened.hub.policy.hours.get(team)
        return hours is not None and list(hours.week) == ["fri"]

    bad = await admin.post(path, {"own": "1", "week-fri": "all night"}, partial=False)
    assert bad.status_code == 422
    assert 'id="week-fri-error"' in bad.text
    form = {"own": "1", "week-fri": "20:00-23:00", "holidays": "12-25"}
    saved = await admin.post(path, form, partial=False)
    await until(at_night, "the team's own hours")
    action, fields = undo(saved.text)
    assert action == path
    again = await admin.post(action, fields, partial=False)
    await until(lambda: team not in opened.hub.policy.hours, "those of the organisation")
    await admin.post(action, undo(again.text)[1] | form, partial=False)
    await until(at_night, "the team's own hours again")


async def test_a_team_keeps_what_it_has_to_itself(opened: Desk) -> None:
    admin = await opened.signed_in("Ava", "admin")
    member = await opened.signed_in("Mani")
    team = await opened.team("staff")
    await opened.writes("a private matter")
    conversation = await opened.conversation()
    await admin.post(f"/conversations/{conversation}/assign", {"team": str(team)})
    alone = await admin.post(f"/teams/{team}/restricted", {"restricted": "1"}, partial=False)
    assert alone.status_code == 422, "nobody could see it"
    await admin.post(f"/teams/{team}/members", {"agent": str(opened.agents["Mani"])})

    hidden = await admin.post(f"/teams/{team}/restricted", {"restricted": "1"}, partial=False)
    assert hidden.status_code == 200
    assert (await admin.get(f"/conversations/{conversation}")).status_code == 404
    assert (await member.get(f"/conversations/{conversation}")).status_code == 200
    await admin.post(*undo(hidden.text), partial=False)
    assert (await admin.get(f"/conversations/{conversation}")).status_code == 200


async def test_what_is_saved_of_people_teams_and_topics_can_be_taken_back(opened: Desk) -> None:
    owner = await opened.signed_in("Olga", "owner")
    sara = await opened.agent("Sara")
    team = await opened.team("night")
    await owner.get("/topics")
    await owner.post("/topics", {"name-en": "Delivery", "slug": "delivery"}, partial=False)
    topic = (await opened.row("SELECT id FROM topic WHERE slug = 'delivery'"))[0]
    role = "SELECT role FROM agent WHERE mail = 'sara@example.com'"
    strategy = "SELECT strategy FROM team WHERE slug = 'night'"
    slug = "SELECT slug FROM topic"
    for path, form, query, was in (
        (f"/people/{sara}", {"name": "S.", "role": "admin"}, role, "agent"),
        (
            f"/teams/{team}",
            {"name-en": "Nights", "strategy": "round_robin"},
            strategy,
            "least_busy",
        ),
        (f"/topics/{topic}", {"name-en": "Parcels", "slug": "parcels"}, slug, "delivery"),
    ):
        saved = await owner.post(path, form, partial=False)
        assert saved.status_code == 200, saved.text
        assert (await opened.row(query))[0] != was
        action, fields = undo(saved.text)
        await owner.post(action, fields, partial=False)
        assert (await opened.row(query))[0] == was
