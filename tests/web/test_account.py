"""An agent's own account: the second step of signing in, the password, signed-in browsers."""

from __future__ import annotations

import html
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pyotp
import pytest
from httpx import Response

from hub.web.account.browsers import browser_name
from tests.harness import rows
from tests.web.desk import PASSWORD, Browser, Desk, desk

PAGE = "/me/security"
NEW = "quiet rivers carry letters"


@pytest.fixture
async def opened(folder: Path, database_url: str) -> AsyncIterator[Desk]:
    async with desk(folder, database_url=database_url) as running:
        yield running


async def sends(browser: Browser, path: str, **data: str) -> Response:
    return await browser.post(f"{PAGE}/{path}", data, partial=False)


def secret(page: Response) -> str:
    found = re.search(r'name="secret" value="(\w+)"', page.text)
    assert found, page.text
    return found[1]


def codes(page: Response) -> list[str]:
    return re.findall(r"<li><code>([\w-]+)</code>", page.text)


async def device(opened: Desk, browser: Browser) -> tuple[pyotp.TOTP, list[str]]:
    """Set the second step up; the device and the recovery codes."""
    page = await sends(browser, "second-step", password=PASSWORD)
    totp = pyotp.TOTP(secret(page))
    page = await sends(browser, "second-step/confirm", secret=totp.secret, code=now(opened, totp))
    assert page.status_code == 200, page.text
    return totp, codes(page)


def now(opened: Desk, totp: pyotp.TOTP) -> str:
    return totp.at(opened.clock.now())


async def knocks(opened: Desk) -> tuple[Browser, Response]:
    """Somebody gives Sara's password; the page that they see then."""
    browser = opened.browser()
    answer = await browser.sign_in("sara@example.com")
    return browser, answer


async def enters(browser: Browser, page: Response, code: str) -> Response:
    ticket = re.search(r'name="ticket" value="([^"]+)"', page.text)
    assert ticket, page.text
    form = {"ticket": html.unescape(ticket[1]), "code": code, "next": "/inbox"}
    return await browser.post("/sign-in/code", form, partial=False)


async def actions(opened: Desk) -> list[str]:
    return [row[0] for row in await rows(opened.hub, "SELECT action FROM audit ORDER BY position")]


@pytest.mark.both
async def test_the_password_alone_does_not_let_in_whoever_set_up_a_device(opened: Desk) -> None:
    sara = await opened.signed_in("Sara")
    totp, recovery = await device(opened, sara)
    assert len(recovery) == 10

    other, page = await knocks(opened)
    assert page.status_code == 200
    assert (await other.get("/inbox")).status_code == 303, "nobody is in yet"
    wrong = await enters(other, page, "000000")
    assert wrong.status_code == 422
    # The code that set it up is used.
    assert (await enters(other, page, now(opened, totp))).status_code == 422
    opened.clock.advance(timedelta(seconds=30))
    answer = await enters(other, page, now(opened, totp))
    assert (answer.status_code, answer.headers["location"]) == (303, "/inbox")
    assert (await other.get("/inbox")).status_code == 200

    third, page = await knocks(opened)
    assert (await enters(third, page, now(opened, totp))).status_code == 422, "a code is good once"
    typed = recovery[3].upper().replace("-", " ")
    assert (await enters(third, page, typed)).status_code == 303
    fourth, page = await knocks(opened)
    assert (await enters(fourth, page, recovery[3])).status_code == 422
    assert "9 recovery codes are left" in (await sara.get(PAGE)).text
    assert "used a recovery code" in await actions(opened)
    [row] = await rows(opened.hub, "SELECT secret FROM second_step")
    assert totp.secret not in row[0]


async def test_the_ticket_of_the_first_step_is_bound_to_browser_time_and_password(
    opened: Desk,
) -> None:
    sara = await opened.signed_in("Sara")
    totp, _ = await device(opened, sara)
    browser, page = await knocks(opened)
    thief = opened.browser()
    await thief.get("/sign-in")
    opened.clock.advance(timedelta(minutes=1))
    assert (await enters(thief, page, now(opened, totp))).status_code == 403
    opened.clock.advance(timedelta(minutes=10))
    assert (await enters(browser, page, now(opened, totp))).status_code == 403
    browser, page = await knocks(opened)
    changed = await sends(sara, "password", password=PASSWORD, new=NEW)
    assert changed.status_code == 200, changed.text
    assert (await enters(browser, page, now(opened, totp))).status_code == 403


async def test_codes_can_not_be_tried_out(opened: Desk) -> None:
    totp, _ = await device(opened, await opened.signed_in("Sara"))
    browser, page = await knocks(opened)
    opened.clock.advance(timedelta(seconds=30))
    right = now(opened, totp)
    wrong = f"{(int(right) + 1) % 1_000_000:06}"
    answers = [(await enters(browser, page, wrong)).status_code for _ in range(12)]
    assert 429 in answers
    assert (await enters(browser, page, right)).status_code == 429


async def test_persian_digits_are_digits(opened: Desk) -> None:
    totp, _ = await device(opened, await opened.signed_in("Sara"))
    browser, page = await knocks(opened)
    opened.clock.advance(timedelta(seconds=30))
    typed = now(opened, totp).translate(str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹"))
    assert (await enters(browser, page, typed)).status_code == 303


async def test_every_change_asks_for_the_password(opened: Desk) -> None:
    sara = await opened.signed_in("Sara")
    for path in ("second-step", "recovery-codes", "second-step/off"):
        answer = await sends(sara, path, password="not it at all")
        assert answer.status_code == 422, path
    answer = await sends(sara, "password", password="not it at all", new=NEW)
    assert answer.status_code == 422
    assert "This is not your password." in html.unescape(answer.text)
    answer = await sends(sara, "password", password=PASSWORD, new="short")
    assert "at least 12 characters" in answer.text


async def test_renewed_codes_take_the_place_of_the_former(opened: Desk) -> None:
    sara = await opened.signed_in("Sara")
    _, former = await device(opened, sara)
    fresh = codes(await sends(sara, "recovery-codes", password=PASSWORD))
    assert len(fresh) == 10
    assert not set(fresh) & set(former)
    browser, page = await knocks(opened)
    assert (await enters(browser, page, former[0])).status_code == 422
    assert (await enters(browser, page, fresh[0])).status_code == 303


async def test_turned_off_the_password_is_enough_again(opened: Desk) -> None:
    sara = await opened.signed_in("Sara")
    await device(opened, sara)
    assert (await sends(sara, "second-step/off", password=PASSWORD)).status_code == 200
    _, answer = await knocks(opened)
    assert answer.status_code == 303
    assert "second step turned off" in await actions(opened)


async def test_an_offered_secret_does_nothing_until_a_code_of_it_came(opened: Desk) -> None:
    sara = await opened.signed_in("Sara")
    page = await sends(sara, "second-step", password=PASSWORD)
    assert "<svg" in page.text
    again = await sends(sara, "second-step/confirm", secret=secret(page), code="000000")
    assert again.status_code == 422
    assert secret(again) == secret(page), "the same key is shown again"
    _, answer = await knocks(opened)
    assert answer.status_code == 303


async def test_a_new_password_ends_all_other_sign_ins(opened: Desk) -> None:
    sara, elsewhere = await opened.signed_in("Sara"), await opened.signed_in("Sara")
    answer = await sends(sara, "password", password=PASSWORD, new=NEW)
    assert answer.status_code == 200
    assert (await sara.get("/inbox")).status_code == 200
    assert (await elsewhere.get("/inbox")).status_code == 303
    browser = opened.browser()
    assert (await browser.sign_in("sara@example.com")).status_code == 422
    assert (await browser.sign_in("sara@example.com", NEW)).status_code == 303
    assert "changed the password" in await actions(opened)


async def test_one_sees_where_one_is_signed_in_and_ends_it(opened: Desk) -> None:
    firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
    sara = await opened.signed_in("Sara")
    others = [opened.browser(headers={"User-Agent": firefox}) for _ in range(3)]
    for one in others:
        await one.sign_in("sara@example.com")
    dara = await opened.signed_in("Dara")
    page = (await sara.get(PAGE)).text
    assert page.count("Firefox, Linux") == 3
    mark = re.findall(r'Firefox.*?name="mark" value="(\w+)"', page, re.DOTALL)[0]
    assert (await sends(dara, "sign-ins/end", mark=mark)).status_code == 200
    assert (await sara.get(PAGE)).text.count("Firefox, Linux") == 3, "not hers to end"
    await sends(sara, "sign-ins/end", mark=mark)
    assert (await sara.get(PAGE)).text.count("Firefox, Linux") == 2
    await sends(sara, "sign-ins/end-others")
    assert [(await one.get("/inbox")).status_code for one in others] == [303, 303, 303]
    assert (await dara.get("/inbox")).status_code == 200


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/150.0 Safari/537.36 Edg/150.0",
         "Edge, Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 19_0) AppleWebKit/605.1 Version/19.0 Safari/604.1",
         "Safari, iPhone"),
        ("curl/8.1", "curl"), ("<script>", None), ("", None), (None, None),
    ],
)  # fmt: skip
def test_browsers_are_named_as_people_do(header: str | None, name: str | None) -> None:
    assert browser_name(header) == name
