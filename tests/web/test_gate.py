"""The gate in front of the pages: every route, every role, every form, every header."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from pydantic import SecretStr

from hub.agents import sign_ins
from hub.agents.rights import RIGHTS, ROLES, Right
from hub.web.app import create_app
from hub.web.asked import Entry
from hub.web.routes import ROUTES
from tests.harness import rows
from tests.web.desk import PASSWORD, Desk, desk

# Which role may use which page. A route that is not here fails the suite: somebody has to decide.
EVERYBODY = "everybody"
ANY_AGENT = "any agent"
LEADS = "leads"
ADMINS = "admins"
WHO = {ANY_AGENT: set(ROLES), LEADS: set(ROLES) - {"agent"}, ADMINS: {"admin", "owner"}}
DECIDED = {
    ("GET", "/"): ANY_AGENT,
    ("GET", "/sign-in"): EVERYBODY,
    ("POST", "/sign-in"): EVERYBODY,
    ("POST", "/sign-in/code"): EVERYBODY,
    ("POST", "/sign-out"): ANY_AGENT,
    ("GET", "/inbox"): ANY_AGENT,
    ("GET", "/search"): ANY_AGENT,
    ("GET", "/palette"): ANY_AGENT,
    ("GET", "/snooze"): ANY_AGENT,
    ("GET", "/conversations/{id:uuid}/tags"): ANY_AGENT,
    ("POST", "/conversations/{id:uuid}/tags"): ANY_AGENT,
    ("POST", "/conversations/{id:uuid}/wait"): ANY_AGENT,
    ("POST", "/conversations/{id:uuid}/snooze"): ANY_AGENT,
    ("POST", "/conversations/{id:uuid}/spam"): ANY_AGENT,
    ("POST", "/conversations/{id:uuid}/priority"): ANY_AGENT,
    ("POST", "/conversations/{id:uuid}/subject"): ANY_AGENT,
    ("POST", "/conversations/{id:uuid}/topic"): ANY_AGENT,
    ("GET", "/conversations/{id:uuid}/macros"): ANY_AGENT,
    ("POST", "/conversations/{id:uuid}/macro"): ANY_AGENT,
    ("GET", "/macros"): ANY_AGENT,
    ("GET", "/macros/new"): ANY_AGENT,
    ("POST", "/macros/new"): ANY_AGENT,
    ("GET", "/macros/{macro:uuid}"): ANY_AGENT,
    ("POST", "/macros/{macro:uuid}"): ANY_AGENT,
    ("POST", "/macros/{macro:uuid}/delete"): ANY_AGENT,
    ("POST", "/macros/{macro:uuid}/restore"): ANY_AGENT,
    ("GET", "/tokens"): ADMINS,
    ("POST", "/tokens"): ADMINS,
    ("POST", "/tokens/{token:uuid}/revoke"): ADMINS,
    ("POST", "/tokens/{token:uuid}/bring-back"): ADMINS,
    ("GET", "/tags"): ADMINS,
    ("POST", "/tags"): ADMINS,
    ("GET", "/tags/rows"): ADMINS,
    ("GET", "/tags/one"): ADMINS,
    ("POST", "/tags/describe"): ADMINS,
    ("POST", "/tags/retire"): ADMINS,
    ("POST", "/tags/restore"): ADMINS,
    ("POST", "/tags/rename"): ADMINS,
    ("POST", "/tags/take-off"): ADMINS,
    ("GET", "/attributes"): ADMINS,
    ("POST", "/attributes"): ADMINS,
    ("POST", "/attributes/change"): ADMINS,
    ("POST", "/attributes/retire"): ADMINS,
    ("POST", "/attributes/restore"): ADMINS,
    ("POST", "/attributes/move"): ADMINS,
    ("GET", "/blocked"): ANY_AGENT,
    ("POST", "/blocked"): LEADS,
    ("GET", "/blocked/rows"): ANY_AGENT,
    ("POST", "/blocked/unblock"): LEADS,
    ("GET", "/topics"): ADMINS,
    ("POST", "/topics"): ADMINS,
    ("GET", "/topics/{topic:uuid}"): ADMINS,
    ("POST", "/topics/{topic:uuid}"): ADMINS,
    ("POST", "/topics/{topic:uuid}/retire"): ADMINS,
    ("POST", "/topics/{topic:uuid}/restore"): ADMINS,
    ("POST", "/topics/{topic:uuid}/move"): ADMINS,
    ("GET", "/inbox/rows"): ANY_AGENT,
    ("GET", "/inbox/work"): ANY_AGENT,
    ("POST", "/inbox/bulk"): ANY_AGENT,
    ("POST", "/inbox/bulk/{together:uuid}/undo"): ANY_AGENT,
    ("POST", "/inbox/work/{job:uuid}/stop"): ANY_AGENT,
    ("POST", "/inbox/work/{job:uuid}/undo"): ANY_AGENT,
    ("POST", "/me/density"): ANY_AGENT,
    ("GET", "/views"): ANY_AGENT,
    ("POST", "/views"): ANY_AGENT,
    ("GET", "/views/new"): ANY_AGENT,
    ("POST", "/views/check"): ANY_AGENT,
    ("GET", "/views/{view:uuid}"): ANY_AGENT,
    ("POST", "/views/{view:uuid}"): ANY_AGENT,
    ("POST", "/views/{view:uuid}/delete"): ANY_AGENT,
    ("POST", "/views/{view:uuid}/bring-back"): ANY_AGENT,
    ("POST", "/views/{view:uuid}/move"): ANY_AGENT,
    ("GET", "/conversations/{id:uuid}"): ANY_AGENT,
    ("GET", "/conversations/{id:uuid}/thread"): ANY_AGENT,
    ("GET", "/conversations/{id:uuid}/why/{result:uuid}"): ANY_AGENT,
    ("GET", "/conversations/{id:uuid}/messages/{message:uuid}/original"): ANY_AGENT,
    ("GET", "/files/{message:uuid}/{position:int}"): ANY_AGENT,
    ("GET", "/files/{message:uuid}/{position:int}/small"): ANY_AGENT,
    ("GET", "/files/{message:uuid}/{position:int}/held"): ANY_AGENT,
    ("POST", "/files/{message:uuid}/{position:int}/held"): ANY_AGENT,
    ("GET", "/live"): ANY_AGENT,
    ("GET", "/conversations/{id:uuid}/draft"): ANY_AGENT,
    ("POST", "/conversations/{id:uuid}/draft"): ANY_AGENT,
    ("POST", "/conversations/{id:uuid}/files"): ANY_AGENT,
    ("POST", "/preview"): ANY_AGENT,
    ("GET", "/conversations/{id:uuid}/templates"): ANY_AGENT,
    ("GET", "/conversations/{id:uuid}/people"): ANY_AGENT,
    ("POST", "/conversations/{id:uuid}/here"): ANY_AGENT,
    ("POST", "/conversations/{id:uuid}/follow"): ANY_AGENT,
    ("POST", "/conversations/{id:uuid}/take"): ANY_AGENT,
    ("POST", "/conversations/{id:uuid}/messages/{message:uuid}/take-back"): ANY_AGENT,
    ("POST", "/conversations/{id:uuid}/messages/{message:uuid}/take-back/{act:uuid}"): ANY_AGENT,
    ("GET", "/notifications"): ANY_AGENT,
    ("GET", "/notifications/told"): ANY_AGENT,
    ("POST", "/conversations/{id:uuid}/undo-rule/{sequence:int}"): ANY_AGENT,
    ("POST", "/notifications/seen"): ANY_AGENT,
    ("POST", "/conversations/{id:uuid}/reply"): ANY_AGENT,
    ("POST", "/conversations/{id:uuid}/note"): ANY_AGENT,
    ("POST", "/conversations/{id:uuid}/assign"): ANY_AGENT,
    ("POST", "/conversations/{id:uuid}/resolve"): ANY_AGENT,
    ("POST", "/conversations/{id:uuid}/reopen"): ANY_AGENT,
    ("POST", "/conversations/{id:uuid}/seen"): ANY_AGENT,
    ("POST", "/conversations/{id:uuid}/unseen"): ANY_AGENT,
    ("POST", "/conversations/{id:uuid}/undo/{act:uuid}"): ANY_AGENT,
    ("POST", "/conversations/{id:uuid}/messages/{message:uuid}/retry"): ANY_AGENT,
    ("POST", "/conversations/{id:uuid}/messages/{message:uuid}/arrived"): ANY_AGENT,
    ("POST", "/conversations/{id:uuid}/messages/{message:uuid}/resend"): ANY_AGENT,
    ("POST", "/conversations/{id:uuid}/messages/{message:uuid}/cancel"): ANY_AGENT,
    ("GET", "/me"): ANY_AGENT,
    ("POST", "/me"): ANY_AGENT,
    ("GET", "/me/notices"): ANY_AGENT,
    ("POST", "/me/notices"): ANY_AGENT,
    ("POST", "/me/notices/link"): ANY_AGENT,
    ("POST", "/me/notices/unlink"): ANY_AGENT,
    ("GET", "/me/security"): ANY_AGENT,
    ("POST", "/me/security/password"): ANY_AGENT,
    ("POST", "/me/security/sign-ins/end"): ANY_AGENT,
    ("POST", "/me/security/sign-ins/end-others"): ANY_AGENT,
    ("POST", "/me/security/second-step"): ANY_AGENT,
    ("POST", "/me/security/second-step/confirm"): ANY_AGENT,
    ("POST", "/me/security/second-step/off"): ANY_AGENT,
    ("POST", "/me/security/recovery-codes"): ANY_AGENT,
    ("GET", "/conversations/{id:uuid}/messages/{message:uuid}/why"): ANY_AGENT,
    ("GET", "/satisfaction"): LEADS,
    ("GET", "/satisfaction/comments"): LEADS,
    ("GET", "/satisfaction/answers.csv"): LEADS,
    ("GET", "/webhooks"): ADMINS,
    ("GET", "/webhooks/new"): ADMINS,
    ("POST", "/webhooks/new"): ADMINS,
    ("GET", "/webhooks/{webhook:uuid}"): ADMINS,
    ("POST", "/webhooks/{webhook:uuid}"): ADMINS,
    ("POST", "/webhooks/{webhook:uuid}/on"): ADMINS,
    ("POST", "/webhooks/{webhook:uuid}/off"): ADMINS,
    ("POST", "/webhooks/{webhook:uuid}/secret"): ADMINS,
    ("POST", "/webhooks/{webhook:uuid}/secret/end"): ADMINS,
    ("POST", "/webhooks/{webhook:uuid}/remove"): ADMINS,
    ("POST", "/webhooks/{webhook:uuid}/restore"): ADMINS,
    ("POST", "/webhooks/{webhook:uuid}/test"): ADMINS,
    ("GET", "/webhooks/{webhook:uuid}/log"): ADMINS,
    ("POST", "/webhooks/{webhook:uuid}/log/again"): ADMINS,
    ("POST", "/webhooks/{webhook:uuid}/log/{delivery:uuid}/again"): ADMINS,
    ("GET", "/rules"): LEADS,
    ("GET", "/rules/new"): ADMINS,
    ("POST", "/rules/new"): ADMINS,
    ("POST", "/rules/check"): LEADS,
    ("POST", "/rules/back/{revision:int}"): ADMINS,
    ("GET", "/rules/messages"): LEADS,
    ("POST", "/rules/try"): LEADS,
    ("GET", "/rules/simulator"): LEADS,
    ("POST", "/rules/simulator"): LEADS,
    ("GET", "/rules/dry-run"): LEADS,
    ("POST", "/rules/dry-run"): LEADS,
    ("POST", "/rules/dry-run/start"): LEADS,
    ("GET", "/rules/dry-run/{id:uuid}"): LEADS,
    ("POST", "/rules/dry-run/{id:uuid}/stop"): LEADS,
    ("GET", "/rules/revisions"): LEADS,
    ("GET", "/rules/revisions/{number:int}"): LEADS,
    ("POST", "/rules/revisions/{number:int}/restore"): ADMINS,
    ("GET", "/segments"): LEADS,
    ("GET", "/segments/new"): ADMINS,
    ("POST", "/segments/new"): ADMINS,
    ("POST", "/segments/check"): LEADS,
    ("POST", "/segments/back/{revision:int}"): ADMINS,
    ("GET", "/segments/s/{slug}"): LEADS,
    ("POST", "/segments/s/{slug}"): ADMINS,
    ("POST", "/segments/s/{slug}/remove"): ADMINS,
    ("GET", "/rules/webhooks"): LEADS,
    ("POST", "/rules/webhooks/{call:uuid}/retry"): ADMINS,
    ("GET", "/rules/r/{key}"): LEADS,
    ("POST", "/rules/r/{key}"): ADMINS,
    ("POST", "/rules/r/{key}/switch"): ADMINS,
    ("POST", "/rules/r/{key}/move"): ADMINS,
    ("POST", "/rules/r/{key}/copy"): ADMINS,
    ("POST", "/rules/r/{key}/remove"): ADMINS,
    ("GET", "/channels"): LEADS,
    ("GET", "/first/{token}"): EVERYBODY,
    ("POST", "/first/{token}"): EVERYBODY,
    ("GET", "/settings"): ANY_AGENT,
    ("GET", "/organisation"): ADMINS,
    ("POST", "/organisation"): ADMINS,
    ("POST", "/organisation/hours"): ADMINS,
    ("GET", "/system"): ADMINS,
    ("POST", "/system/backup"): ADMINS,
    ("GET", "/set-up"): ADMINS,
    ("GET", "/set-up/message"): ADMINS,
    ("POST", "/set-up/skip"): ADMINS,
    ("POST", "/set-up/over"): ADMINS,
    ("GET", "/channels/new"): ADMINS,
    ("GET", "/channels/new/{offer}"): ADMINS,
    ("POST", "/channels/new/{offer}"): ADMINS,
    ("GET", "/channels/{account}"): LEADS,
    ("POST", "/channels/{account}"): ADMINS,
    ("POST", "/channels/{account}/look"): ADMINS,
    ("POST", "/channels/{account}/test"): LEADS,
    ("GET", "/channels/{account}/aside"): ADMINS,
    ("GET", "/channels/{account}/aside/{original:uuid}"): ADMINS,
    ("POST", "/channels/{account}/aside/{original:uuid}"): ADMINS,
    ("POST", "/channels/{account}/pause"): ADMINS,
    ("POST", "/channels/{account}/resume"): ADMINS,
    ("POST", "/channels/{account}/remove"): ADMINS,
    ("POST", "/channels/{account}/restore"): ADMINS,
    ("POST", "/me/presence"): ANY_AGENT,
    ("POST", "/me/active"): ANY_AGENT,
    ("GET", "/conversations/{id:uuid}/routing/{decision:uuid}"): ANY_AGENT,
    ("GET", "/teams"): ADMINS,
    ("POST", "/teams"): ADMINS,
    ("GET", "/teams/{team:uuid}"): ADMINS,
    ("POST", "/teams/{team:uuid}"): ADMINS,
    ("POST", "/teams/{team:uuid}/restricted"): ADMINS,
    ("GET", "/teams/{team:uuid}/hours"): ADMINS,
    ("POST", "/teams/{team:uuid}/hours"): ADMINS,
    ("POST", "/teams/{team:uuid}/members"): ADMINS,
    ("GET", "/teams/{team:uuid}/members/{agent:uuid}"): ADMINS,
    ("POST", "/teams/{team:uuid}/members/{agent:uuid}"): ADMINS,
    ("POST", "/teams/{team:uuid}/members/{agent:uuid}/remove"): ADMINS,
    ("GET", "/promises"): ADMINS,
    ("GET", "/promises/new"): ADMINS,
    ("POST", "/promises/new"): ADMINS,
    ("GET", "/promises/{policy:uuid}"): ADMINS,
    ("POST", "/promises/{policy:uuid}"): ADMINS,
    ("POST", "/promises/{policy:uuid}/switch"): ADMINS,
    ("POST", "/promises/{policy:uuid}/move"): ADMINS,
    ("POST", "/promises/{policy:uuid}/delete"): ADMINS,
    ("POST", "/promises/{policy:uuid}/restore"): ADMINS,
    # Every agent may have templates of their own; whose each one is, is looked at page by page.
    ("GET", "/templates"): ANY_AGENT,
    ("POST", "/templates"): ANY_AGENT,
    ("POST", "/templates/{name}/duplicate"): ANY_AGENT,
    ("POST", "/templates/{name}/archive"): ANY_AGENT,
    ("POST", "/templates/{name}/unarchive"): ANY_AGENT,
    ("GET", "/templates/{name}/{locale}"): ANY_AGENT,
    ("POST", "/templates/{name}/{locale}"): ANY_AGENT,
    ("POST", "/templates/{name}/{locale}/discard"): ANY_AGENT,
    ("POST", "/templates/{name}/{locale}/remove"): ANY_AGENT,
    ("POST", "/templates/{name}/{locale}/preview"): ANY_AGENT,
    ("POST", "/templates/{name}/{locale}/test"): ANY_AGENT,
    ("POST", "/templates/{name}/{locale}/card"): ANY_AGENT,
    ("POST", "/templates/{name}/{locale}/files"): ANY_AGENT,
    ("POST", "/templates/{name}/{locale}/files/{file:uuid}/remove"): ANY_AGENT,
    ("POST", "/templates/{name}/{locale}/files/{file:uuid}/restore"): ANY_AGENT,
    ("GET", "/templates/{name}/{locale}/revisions"): ANY_AGENT,
    ("POST", "/templates/{name}/{locale}/restore"): ANY_AGENT,
    ("GET", "/people"): ADMINS,
    ("POST", "/people"): ADMINS,
    ("GET", "/people/rows"): ADMINS,
    ("GET", "/people/{agent:uuid}"): ADMINS,
    ("POST", "/people/{agent:uuid}"): ADMINS,
    ("POST", "/people/{agent:uuid}/link"): ADMINS,
    ("POST", "/people/{agent:uuid}/deactivate"): ADMINS,
    ("POST", "/people/{agent:uuid}/reactivate"): ADMINS,
    ("POST", "/people/{agent:uuid}/second-step-off"): ADMINS,
    ("POST", "/people/{agent:uuid}/mail"): ADMINS,
    ("GET", "/forgotten"): EVERYBODY,
    ("POST", "/forgotten"): EVERYBODY,
    ("GET", "/join/{token}"): EVERYBODY,
    ("POST", "/join/{token}"): EVERYBODY,
    ("GET", "/customers"): ANY_AGENT,
    ("GET", "/customers/rows"): ANY_AGENT,
    ("GET", "/customers.csv"): LEADS,
    ("POST", "/customers/columns"): ANY_AGENT,
    ("GET", "/customers/duplicates"): ANY_AGENT,
    ("POST", "/customers/duplicates/dismiss"): ANY_AGENT,
    ("GET", "/customers/merge"): ANY_AGENT,
    ("POST", "/customers/merge"): ANY_AGENT,
    ("POST", "/customers/merges/{merge:uuid}/undo"): ANY_AGENT,
    ("GET", "/customers/{id:uuid}"): ANY_AGENT,
    ("GET", "/customers/{id:uuid}/fresh"): ANY_AGENT,
    ("GET", "/customers/{id:uuid}/timeline"): ANY_AGENT,
    ("GET", "/customers/{id:uuid}/merge"): ANY_AGENT,
    ("GET", "/customers/{id:uuid}/purchases"): ANY_AGENT,
    ("POST", "/customers/{id:uuid}/edit"): ANY_AGENT,
    ("POST", "/customers/{id:uuid}/notes"): ANY_AGENT,
    ("POST", "/customers/{id:uuid}/notes/{note:uuid}/remove"): ANY_AGENT,
    ("POST", "/customers/{id:uuid}/consent"): ANY_AGENT,
    ("POST", "/customers/{id:uuid}/block"): ANY_AGENT,
    ("POST", "/customers/{id:uuid}/unblock"): ANY_AGENT,
    ("POST", "/customers/{id:uuid}/identities"): ANY_AGENT,
    ("POST", "/customers/{id:uuid}/identities/{identity:uuid}/verify"): ANY_AGENT,
    ("GET", "/customers/{id:uuid}/identities/{identity:uuid}/unlink"): ANY_AGENT,
    ("POST", "/customers/{id:uuid}/identities/{identity:uuid}/unlink"): ANY_AGENT,
    ("POST", "/customers/{id:uuid}/undo/{act:uuid}"): ANY_AGENT,
    ("GET", "/customers/{id:uuid}/export"): LEADS,
    ("POST", "/customers/{id:uuid}/export"): LEADS,
    ("GET", "/customers/exports/{job:uuid}"): LEADS,
    ("POST", "/customers/jobs/{job:uuid}/stop"): LEADS,
    ("GET", "/customers/{id:uuid}/erase"): ADMINS,
    ("POST", "/customers/{id:uuid}/erase"): ADMINS,
    ("GET", "/customers/privacy"): ADMINS,
    ("POST", "/customers/privacy"): ADMINS,
    ("GET", "/conversations/{id:uuid}/messages/{message:uuid}"): ANY_AGENT,
    ("GET", "/conversations/{id:uuid}/messages/{message:uuid}/source"): ANY_AGENT,
    ("GET", "/conversations/{id:uuid}/messages/{message:uuid}/revisions"): ANY_AGENT,
    ("GET", "/conversations/{id:uuid}/messages/{message:uuid}/contacts/{number:int}.vcf"): (
        ANY_AGENT
    ),
    ("GET", "/conversations/{id:uuid}/messages/{message:uuid}/move"): ANY_AGENT,
    ("GET", "/conversations/{id:uuid}/days"): ANY_AGENT,
    ("GET", "/conversations/{id:uuid}/find"): ANY_AGENT,
    ("GET", "/conversations/{id:uuid}/export"): ANY_AGENT,
    ("GET", "/conversations/{id:uuid}/export.zip"): ANY_AGENT,
    ("GET", "/conversations/{id:uuid}/merge"): ANY_AGENT,
    ("POST", "/conversations/{id:uuid}/merge"): ANY_AGENT,
    ("GET", "/conversations/{id:uuid}/move"): ANY_AGENT,
    ("POST", "/conversations/{id:uuid}/move"): ANY_AGENT,
    ("GET", "/api"): ANY_AGENT,
    ("GET", "/api/parts/{name}"): ANY_AGENT,
    ("GET", "/audit"): ADMINS,
    ("GET", "/audit/rows"): ADMINS,
    ("GET", "/audit.csv"): ADMINS,
    ("GET", "/r/{token}"): EVERYBODY,
    ("POST", "/r/{token}"): EVERYBODY,
    ("GET", "/n/{token}"): EVERYBODY,
    ("POST", "/n/{token}"): EVERYBODY,
    ("GET", "/healthz"): EVERYBODY,
    ("GET", "/metrics"): EVERYBODY,
}


@pytest.fixture
async def opened(folder: Path, database_url: str) -> AsyncIterator[Desk]:
    async with desk(folder, database_url=database_url) as running:
        yield running


def path_of(entry: Entry) -> str:
    """The path with ids of nothing in it."""
    path = (
        re.sub(r"{\w+:int}", "0", entry.path)
        .replace("{token}", "not-a-token")
        .replace("{name}", "nothing")
        .replace("{locale}", "xx")
    )
    return re.sub(r"{\w+:uuid}", lambda _: str(uuid4()), path)


def test_somebody_decided_who_may_use_every_route() -> None:
    assert {(entry.method, entry.path) for entry in ROUTES} == DECIDED.keys()
    for entry in ROUTES:
        decided = DECIDED[entry.method, entry.path]
        assert (entry.needs is None) == (decided == EVERYBODY), entry
        if entry.needs is None:
            assert entry.why, f"{entry.path} is open to everybody and does not say why"
        else:
            may = {role for role in ROLES if entry.needs in RIGHTS[role]}
            assert may == WHO[decided], entry


def test_only_pages_with_a_secret_address_take_forms_without_a_token() -> None:
    free = {entry.path for entry in ROUTES if entry.unsafe and not entry.form}
    assert free == {"/r/{token}", "/n/{token}"}


@pytest.mark.parametrize("role", ROLES)
async def test_a_role_gets_what_it_may_and_403_for_the_rest(opened: Desk, role: str) -> None:
    browser = await opened.signed_in("Sara", role)
    for entry in ROUTES:
        if entry.needs is None or entry.path in ("/live", "/sign-out"):
            continue
        if entry.unsafe:
            answer = await browser.post(path_of(entry))
        else:
            answer = await browser.get(path_of(entry))
        may = entry.needs in RIGHTS[role]  # type: ignore[index]
        assert (answer.status_code == 403) != may, (entry.path, answer.status_code)
        assert answer.status_code < 500, (entry.path, answer.text)


async def test_who_is_not_signed_in_gets_nothing(opened: Desk) -> None:
    stranger = opened.browser()
    for entry in ROUTES:
        if entry.needs is None:
            continue
        if entry.unsafe:
            answer = await stranger.post(path_of(entry), partial=False)
            assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in"), entry
        else:
            answer = await stranger.get(path_of(entry))
            assert answer.status_code == 303, entry
            assert answer.headers["location"].startswith("/sign-in?next=/"), entry
            assert (await stranger.get(path_of(entry), partial=True)).status_code == 401, entry


async def test_every_unsafe_request_needs_the_token_of_this_sign_in(opened: Desk) -> None:
    # An owner: whoever may not do it is turned away before anybody looks at the form.
    sara, dara = await opened.signed_in("Sara", "owner"), await opened.signed_in("Dara")
    foreign = dara.csrf
    for entry in ROUTES:
        if entry.unsafe and entry.form and entry.path != "/sign-in":
            for token in ("", "00", "zz", foreign):
                answer = await sara.post(path_of(entry), {"csrf_token": token})
                assert answer.status_code == 419, (entry.path, token)
    assert (await sara.get("/inbox")).status_code == 200, "and nobody was signed out by it"


async def test_a_token_does_not_help_who_comes_from_another_site(opened: Desk) -> None:
    sara = await opened.signed_in("Sara")
    answer = await sara.post("/sign-out", **{"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 419


async def test_an_expired_form_gives_back_what_was_typed(opened: Desk) -> None:
    sara = await opened.signed_in("Sara")
    sara.csrf = "00"
    answer = await sara.post(
        f"/conversations/{uuid4()}/reply", {"body": "An hour of <typing>"}, partial=False
    )
    assert answer.status_code == 419
    assert "An hour of &lt;typing&gt;" in answer.text


async def test_every_response_is_under_the_strict_policy(opened: Desk) -> None:
    sara = await opened.signed_in("Sara")
    paths = ("/inbox", "/sign-in", "/healthz", "/nothing", "/me", f"/conversations/{uuid4()}")
    for path in paths:
        headers = (await sara.get(path)).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy, path
        assert "unsafe" not in policy, path
        assert headers["x-content-type-options"] == "nosniff", path
        assert headers["cache-control"] == "no-store", path
    page = (await sara.get("/inbox")).text
    assert not re.search(r"<script(?![^>]*\bsrc=)[^>]*>", page), "no script stands in a page"
    assert not re.search(r"\son\w+=|\sstyle=", page), "no handler or style stands in a page"
    asset = re.search(r'src="(/assets/[^"]+)"', page)
    assert asset
    script = await sara.get(asset[1])
    assert "immutable" in script.headers["cache-control"]


async def test_the_cookie_is_out_of_reach(opened: Desk) -> None:
    await opened.agent("Sara")
    browser = opened.browser()
    answer = await browser.sign_in("sara@example.com")
    [cookie] = [one for one in answer.headers.get_list("set-cookie") if 'payam=""' not in one
                and one.startswith("payam=")]  # fmt: skip
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    token = cookie.split("=", 1)[1].split(";")[0]
    stored = await rows(opened.hub, "SELECT token_hash FROM sign_in")
    assert token not in str(stored), "a stolen database opens no browser"


async def test_wrong_names_and_wrong_passwords_look_alike(opened: Desk) -> None:
    await opened.agent("Sara")
    browser = opened.browser()
    wrong = await browser.sign_in("sara@example.com", "not the password")
    nobody = await browser.sign_in("nobody@example.com", "not the password")
    assert wrong.status_code == nobody.status_code == 422
    hide = re.compile(r"(nobody|sara)@example\.com|[0-9a-f]{64}")
    assert hide.sub("", wrong.text) == hide.sub("", nobody.text)


async def test_who_left_can_not_sign_in_and_is_signed_out(opened: Desk) -> None:
    from sqlalchemy import text

    sara = await opened.signed_in("Sara")
    await opened.hub.database.write(
        lambda session: session.execute(text("UPDATE agent SET active = false"))
    )
    assert (await sara.get("/inbox")).status_code == 303
    assert (await sara.sign_in("sara@example.com")).status_code == 422


async def test_guessing_is_slowed_down_for_one_account(opened: Desk) -> None:
    await opened.agent("Sara")
    browser = opened.browser()
    seen = [
        (await browser.sign_in("sara@example.com", f"guess {number}")).status_code
        for number in range(11)
    ]
    assert seen == [422] * 10 + [429]
    refused = await browser.sign_in("sara@example.com", PASSWORD)
    assert refused.status_code == 429, "not even the right password is looked at"
    assert int(refused.headers["retry-after"]) > 0


async def test_a_sign_in_ends_when_it_is_not_used_and_in_any_case(tmp_path: Path) -> None:
    async with desk(tmp_path) as opened:
        clock = opened.clock
        sara = await opened.signed_in("Sara")
        for _ in range(4):
            clock.advance(sign_ins.IDLE - timedelta(hours=1))
            assert (await sara.get("/inbox")).status_code == 200
        clock.advance(timedelta(days=3))
        assert (await sara.get("/inbox")).status_code == 303, "it is too old, though it was used"
        dara = await opened.signed_in("Dara")
        clock.advance(sign_ins.IDLE + timedelta(minutes=1))
        assert (await dara.get("/inbox")).status_code == 303, "it was not used"


@pytest.mark.parametrize(
    ("wanted", "reached"),
    [
        ("/conversations/1?view=mine", "/conversations/1?view=mine"),
        ("//evil.example", "/inbox"),
        ("/\\evil.example", "/inbox"),
        ("https://evil.example", "/inbox"),
        ("/\t/evil.example", "/inbox"),
        ("", "/inbox"),
    ],
)
async def test_signing_in_leads_to_our_own_pages_only(
    opened: Desk, wanted: str, reached: str
) -> None:
    await opened.agent("Sara")
    browser = opened.browser()
    await browser.get("/sign-in")
    answer = await browser.post(
        "/sign-in",
        {"address": "sara@example.com", "password": PASSWORD, "next": wanted},
        partial=False,
    )
    assert answer.headers["location"] == reached


async def test_signing_out_ends_it(opened: Desk) -> None:
    sara = await opened.signed_in("Sara")
    stolen = dict(sara.client.cookies)
    assert (await sara.post("/sign-out", partial=False)).status_code == 303
    thief = opened.browser(cookies=stolen)
    assert (await thief.get("/inbox")).status_code == 303


async def test_a_large_body_is_refused(opened: Desk) -> None:
    browser = opened.browser()
    await browser.get("/sign-in")
    answer = await browser.post("/sign-in", {"address": "a" * 100_000}, partial=False)
    assert answer.status_code == 413


async def test_other_methods_and_paths_give_pages_that_tell_nothing(opened: Desk) -> None:
    sara = await opened.signed_in("Sara")
    assert (await sara.get("/conversations/none")).status_code == 404
    assert (await sara.client.delete("/inbox")).status_code == 405
    missing = await sara.get(f"/conversations/{uuid4()}")
    assert missing.status_code == 404
    assert "There is nothing here" in missing.text
    assert Right.READ.value not in missing.text


async def test_a_failure_says_a_reference_and_no_secret(
    opened: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    sara = await opened.signed_in("Sara")
    await opened.writes("Hello")
    from sqlalchemy import text

    await opened.hub.database.write(
        lambda session: session.execute(text("UPDATE content SET blocks = '{broken'"))
    )
    answer = await sara.get(f"/conversations/{await opened.conversation()}")
    assert answer.status_code == 500
    assert "broken" not in answer.text
    reference = re.search(r'<code dir="ltr">([^<]+)</code>', answer.text)
    assert reference
    assert reference[1] in caplog.text


async def test_metrics_are_for_this_machine_and_for_the_token(opened: Desk) -> None:
    browser = opened.browser()
    here = await browser.get("/metrics")
    assert here.status_code == 200
    assert 'payam_account_up{account="people"}' in here.text
    for name in ("payam_lanes_stuck", "payam_database_writes_waiting", "payam_timer_overdue"):
        assert name in here.text
    proxied = await browser.get("/metrics", **{"X-Forwarded-For": "127.0.0.1"})
    assert proxied.status_code == 404


async def test_metrics_are_told_to_whoever_has_the_token(opened: Desk) -> None:
    token, context = "sample-token-of-24-chars", opened.context
    server = context.settings.server.model_copy(update={"metrics_token": SecretStr(token)})
    settings = context.settings.model_copy(update={"server": server})
    opened.app = create_app(replace(context, settings=settings))
    browser, elsewhere = opened.browser(), {"X-Forwarded-For": "192.0.2.7"}
    told = await browser.get("/metrics", Authorization=f"Bearer {token}", **elsewhere)
    assert told.status_code == 200
    for wrong in (f"Bearer {token}x", f"Basic {token}", "Bearer", "Bearer ", token):
        refused = await browser.get("/metrics", Authorization=wrong, **elsewhere)
        assert refused.status_code == 404, wrong


async def test_health_is_told_to_anybody(opened: Desk) -> None:
    answer = await opened.browser().get("/healthz")
    assert answer.status_code == 200
    assert answer.json()["database"] == "ok"
    opened.context.stopping.set()
    assert (await opened.browser().get("/healthz")).status_code == 503
