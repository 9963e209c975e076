"""The results of surveys: what they count, who may see them, how they are shown and exported."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session

from hub.conversations import acts
from tests.harness import MONDAY
from tests.satisfaction.asking import an_agent
from tests.satisfaction.sampling import sample, signal
from tests.web.desk import Browser, Desk, desk

DAY = timedelta(days=1)
NEXT_PAGE = re.compile(r'hx-get="(/satisfaction/comments\?[^"]+)"')


@pytest.fixture
async def opened(folder: Path, database_url: str) -> AsyncIterator[Desk]:
    async with desk(folder, database_url=database_url) as running:
        yield running


async def fill(opened: Desk, *rows: dict[str, Any]) -> None:
    """Sample answers: `ago` in days, `score`, and whatever `sample` takes."""

    def store(session: Session) -> None:
        for row in rows:
            given = dict(row)
            sample(session, MONDAY - given.pop("ago") * DAY, given.pop("score"), **given)

    await opened.hub.database.write(store)


async def page(browser: Browser, query: str = "") -> str:
    response = await browser.get(f"/satisfaction{query}")
    assert response.status_code == 200, response.text
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.text))


async def exported(browser: Browser, query: str = "") -> list[dict[str, str]]:
    response = await browser.get(f"/satisfaction/answers.csv{query}")
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/csv")
    assert response.content.startswith(b"\xef\xbb\xbf"), "or spreadsheets take it for Latin-1"
    return list(csv.DictReader(io.StringIO(response.content.decode("utf-8-sig"))))


@pytest.mark.both(full=True)
async def test_the_figures_are_those_of_the_answers(opened: Desk) -> None:
    lead = await opened.signed_in("Sara", "lead")
    await opened.writes("Hello")
    agent = opened.agents["Sara"]
    scores = (5, 5, 5, 4, 4, 4, 4, 3, 2, 1, None, None)
    await fill(
        opened,
        *(
            {"ago": 3 + at % 5, "score": score, "agent_id": agent, "channel": "telegram",
             "templates": ("welcome",) if at < 4 else (), "rules": ("greet",) if at < 4 else ()}
            for at, score in enumerate(scores)
        ),
        {"ago": 40, "score": 1},
        {"ago": 5, "score": 9, "form": "nps", "scale": 10},
    )  # fmt: skip
    text = await page(lead)
    assert "3.7 of 5" in text
    assert "83% 10 of 12 surveys" in text
    assert "Satisfied 70%" in text
    assert "Dissatisfied 20%" in text
    assert "down from 100%" in text, "a month ago the only one was dissatisfied"
    for line in ("5 5 of 5 30% 3", "4 4 of 5 40% 4", "3 3 of 5 10% 1"):
        assert line in text
    assert "Sara 10 83% 3.7" in text
    assert "Telegram 10 83% 3.7" in text
    assert "welcome 4 100% few" in text
    assert "greet 4 100% few" in text
    promoted = await page(lead, "?measure=nps-10")
    assert "Net Promoter Score 100" in promoted
    assert "100% 1 of 1 survey" in promoted


@pytest.mark.both(full=True)
async def test_signals_are_counted_by_themselves(opened: Desk) -> None:
    lead = await opened.signed_in("Sara", "lead")
    await opened.writes("Hello")
    await fill(opened, {"ago": 2, "score": 3})

    def signals(session: Session) -> None:
        for score in (5, 5, 4, 1):
            signal(session, MONDAY - DAY, score)

    await opened.hub.database.write(signals)
    text = await page(lead)
    assert "3 thanks 1 complaint" in text
    assert "3.0 of 5" in text
    assert "few: 1 answer " in text
    assert [row["source"] for row in await exported(lead)] == ["survey"]
    assert len(await exported(lead, "?measure=signal-5")) == 4
    taken = "SELECT count(*) FROM audit WHERE action = 'exported ratings'"
    assert list(await opened.row(taken)) == [2]


@pytest.mark.both(full=True)
async def test_every_choice_narrows_the_figures_the_comments_and_the_file(opened: Desk) -> None:
    lead = await opened.signed_in("Sara", "lead")
    other = await opened.agent("Dara")
    team = await opened.team("support", "Sara", "Dara")
    await opened.writes("Hello")
    mine = {"ago": 2, "score": 5, "comment": "Quick"}
    theirs = {
        "ago": 3,
        "score": 1,
        "comment": "Slow",
        "agent_id": other,
        "team_id": team,
        "channel": "mail",
        "templates": ("away",),
        "rules": ("closed",),
    }
    await fill(opened, mine, theirs)
    for query in (
        f"agent={other}",
        f"team={team}",
        "channel=mail",
        "template=away",
        "rule=closed",
        "score=1",
        "period=own&from=2026-11-20&to=2026-11-20",
        "from=1405/8/29&to=۱۴۰۵/۰۸/۲۹",
    ):
        text = await page(lead, f"?{query}")
        assert "Slow" in text, query
        assert "Quick" not in text, query
        assert [row["comment"] for row in await exported(lead, f"?{query}")] == ["Slow"], query
    for query in ("agent=nobody", "score=x", "measure=stars-99", "period=never", "from=yesterday"):
        text = await page(lead, f"?{query}")
        assert "Slow" in text, query
        assert "Quick" in text, query


@pytest.mark.both(full=True)
async def test_comments_are_read_page_by_page_without_gap_or_repetition(opened: Desk) -> None:
    lead = await opened.signed_in("Sara", "lead")
    await opened.writes("Hello")
    # Several of one moment: the place in the list is told by the id too.
    await fill(
        opened,
        *({"ago": at // 9, "score": 4, "comment": f"word {at}."} for at in range(45)),
        *({"ago": 1, "score": 4} for _ in range(5)),
    )
    seen: list[str] = []
    answer = (await lead.get("/satisfaction")).text
    while True:
        seen += re.findall(r"word \d+\.", answer)
        found = NEXT_PAGE.search(answer)
        if found is None:
            break
        answer = (await lead.get(found[1].replace("&amp;", "&"))).text
    assert len(seen) == 45
    assert set(seen) == {f"word {at}." for at in range(45)}


@pytest.mark.both(full=True)
async def test_the_file_has_every_answer_and_no_formula(opened: Desk) -> None:
    lead = await opened.signed_in("Sara", "lead")
    await opened.writes("Hello")
    await fill(
        opened,
        *({"ago": at // 100, "score": 1 + at % 5} for at in range(1200)),
        {"ago": 13, "score": 5, "comment": '=HYPERLINK("http://far.example")'},
        {"ago": 14, "score": 5, "comment": "عالی، «سریع»\nبود"},
    )
    rows = await exported(lead)
    assert len(rows) == 1202
    assert rows[-1]["comment"] == "عالی، «سریع»\nبود"
    assert rows[-2]["comment"].startswith("'=")
    times = [row["time"] for row in rows]
    assert times == sorted(times, reverse=True)


@pytest.mark.both(full=True)
async def test_what_a_viewer_may_not_see_is_not_counted(opened: Desk) -> None:
    lead = await opened.signed_in("Sara", "lead")
    member = await opened.signed_in("Dara", "lead")
    team = await opened.team("legal", "Dara", restricted=True)
    await opened.writes("Hello")
    await fill(opened, {"ago": 2, "score": 5, "comment": "Open words"})
    await opened.writes("A secret", who="reza", name="Reza")
    secret = await opened.conversation(2)
    boss = await an_agent(opened.hub)
    await opened.hub.database.write(acts.assign_team, boss, secret, team, opened.hub.clock.now())
    whose = {"conversation": secret, "team_id": team}
    await fill(opened, {"ago": 2, "score": 1, "comment": "Secret words", **whose})
    text = await page(lead)
    assert "Open words" in text
    assert "Secret words" not in text
    assert "5.0 of 5" in text
    assert "Legal" not in text
    assert len(await exported(lead)) == 1
    everything = await page(member)
    assert "Secret words" in everything
    assert "3.0 of 5" in everything
    assert len(await exported(member)) == 2


async def test_results_are_for_leads(opened: Desk) -> None:
    agent = await opened.signed_in("Mani")
    for path in ("/satisfaction", "/satisfaction/comments", "/satisfaction/answers.csv"):
        assert (await agent.get(path)).status_code == 403, path
    assert "/satisfaction" not in (await agent.get("/inbox")).text
    lead = await opened.signed_in("Sara", "lead")
    assert 'href="/satisfaction"' in (await lead.get("/inbox")).text


async def test_without_answers_the_page_says_so(opened: Desk) -> None:
    lead = await opened.signed_in("Sara", "lead")
    assert "Nobody has answered in this time" in await page(lead)
    persian = await opened.signed_in("Mina", "lead", locale="fa", calendar="jalali")
    assert "در این مدت کسی پاسخ نداده است" in await page(persian)


async def test_persian_pages_have_persian_digits_and_time_from_right_to_left(
    opened: Desk,
) -> None:
    lead = await opened.signed_in("Mina", "lead", locale="fa", calendar="jalali")
    english = await opened.signed_in("Sara", "lead")
    await opened.writes("سلام")
    await fill(opened, *({"ago": at, "score": 1 + at % 5} for at in range(20)))
    text = await page(lead)
    assert "۳٫۰ از ۵" in text
    assert "۱۰۰٪" in text
    assert "آبان" in text
    drawn, mirrored = [
        [float(x) for x in re.findall(r'cx="([\d.]+)"', (await one.get("/satisfaction")).text)]
        for one in (english, lead)
    ]
    half = len(drawn) // 2
    assert drawn[:half] == sorted(drawn[:half])
    assert mirrored[:half] == sorted(mirrored[:half], reverse=True)
