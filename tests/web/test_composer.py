"""Writing an answer: nothing that was typed is lost, nothing is sent twice."""

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.web.conftest import Running

pytestmark = pytest.mark.browser


def test_an_answer_shows_at_once_and_once(gallery: Running, page: Page) -> None:
    page.goto(gallery.conversation())
    page.locator("#body").fill("First")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#body")).to_have_value("")
    expect(page.locator("#body")).to_be_focused()
    page.locator("#body").fill("Second, at once")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#items .said-team:not(.pending)", has_text="First")).to_have_count(1)
    expect(page.locator("#items .said-team:not(.pending)", has_text="Second")).to_have_count(1)
    expect(page.locator(".pending")).to_have_count(0)


def test_what_could_not_be_sent_comes_back_and_is_sent_once(gallery: Running, page: Page) -> None:
    page.goto(gallery.conversation())
    gallery.fail(503)
    page.locator("#body").fill("Do not lose me")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".pending")).to_contain_text("Do not lose me")
    expect(page.locator("#body")).to_have_value("Do not lose me")
    expect(page.locator(".pending")).to_have_count(0)
    expect(page.locator("#draft")).to_contain_text("Not sent")
    expect(page.locator("#failed")).to_contain_text("The hub could not do that.")
    gallery.fail(0)
    page.keyboard.press("Control+Enter")
    expect(page.locator("#items .said-team", has_text="Do not lose me")).to_have_count(1)
    expect(page.locator("#failed")).to_be_hidden()


def test_an_answer_that_was_taken_without_our_knowing_is_not_sent_again(
    gallery: Running, page: Page
) -> None:
    page.goto(gallery.conversation())
    # The hub takes it, the response is lost on the way.
    page.route("**/reply", lambda route: (route.fetch(), route.abort("connectionreset")))
    page.locator("#body").fill("Only once, please")
    with page.expect_event("requestfailed"):
        page.keyboard.press("Control+Enter")
    expect(page.locator("#items .said-team", has_text="Only once")).to_have_count(1)
    expect(page.locator("#body")).to_have_value("")
    expect(page.locator("#items .said-team", has_text="Only once")).to_have_count(1)


def test_a_refused_answer_keeps_its_words_and_says_why_at_the_field(
    gallery: Running, page: Page
) -> None:
    page.goto(gallery.conversation())
    page.locator("#body").fill("Please refuse this")
    page.locator("#composer .button-primary").click()
    expect(page.locator("#body-error")).to_contain_text("is refused here")
    expect(page.locator("#body")).to_have_value("Please refuse this")
    expect(page.locator("#body")).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#failed")).to_be_hidden()


def test_a_draft_outlives_the_page_and_belongs_to_its_conversation(
    gallery: Running, page: Page
) -> None:
    page.goto(gallery.conversation())
    page.locator("#body").press_sequentially("To be continued")
    expect(page.locator("#draft")).to_contain_text("Draft kept")
    page.locator("#rows .row-link").nth(4).click()
    expect(page.locator("#thread-head h2")).to_contain_text("Size exchange")
    expect(page.locator("#body")).to_have_value("")
    page.reload()
    page.goto(gallery.conversation())
    expect(page.locator("#body")).to_have_value("To be continued")


def test_a_note_is_a_note(gallery: Running, page: Page) -> None:
    page.goto(gallery.conversation())
    page.keyboard.press("n")
    expect(page.locator("#body")).to_be_focused()
    expect(page.locator("#composer .button-primary")).to_be_hidden()
    page.locator("#body").fill("Between us")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#items .note", has_text="Between us")).to_have_count(1)
    expect(page.locator("#items .said", has_text="Between us")).to_have_count(0)


def test_shift_space_writes_a_half_space(gallery: Running, page: Page) -> None:
    page.goto(gallery.conversation())
    page.locator("#body").press_sequentially("می")
    page.keyboard.press("Shift+Space")
    page.locator("#body").press_sequentially("شود")
    expect(page.locator("#body")).to_have_value("می\u200cشود")


def test_the_chosen_way_says_what_it_can_carry(gallery: Running, page: Page) -> None:
    page.goto(gallery.conversation())
    expect(page.locator("#limits")).to_have_text(
        "4,096 characters, buttons, files", use_inner_text=True
    )
    page.locator("#identity").select_option("mail:1")
    expect(page.locator("#limits")).to_have_text("any length, files", use_inner_text=True)
    expect(page.locator("#subject")).to_be_visible()
    expect(page.locator("#cc")).to_be_hidden()
    page.locator("#letter-copies").click()
    expect(page.locator("#cc")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#body")).to_be_focused()
    page.locator("#identity").select_option("telegram:1")
    expect(page.locator("#letter-fields")).to_be_hidden()
    page.locator("#body").fill("x" * 5000)
    expect(page.locator("#body-count")).to_have_text("5,000 / 4,096")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#files-problem")).to_contain_text("this channel carries 4,096")
    expect(page.locator("#items .said-team", has_text="xxxxx")).to_have_count(0)
    page.locator("#body").fill("x" * 4096)
    expect(page.locator("#files-problem")).to_be_hidden()


def test_files_are_listed_and_can_be_taken_out(gallery: Running, page: Page) -> None:
    page.goto(gallery.conversation())
    files = [
        {"name": name, "mimeType": "text/plain", "buffer": b"x"} for name in ("a.txt", "b.txt")
    ]
    page.locator("#attachments").set_input_files(files)  # type: ignore[arg-type]
    expect(page.locator("#composer-files li")).to_have_count(2)
    page.locator("#composer-files button").first.click()
    expect(page.locator("#composer-files li")).to_have_count(1)
    page.keyboard.press("Control+Enter")
    expect(page.locator("#items .said-team", has_text="b.txt")).to_have_count(1)
    expect(page.locator("#composer-files")).to_be_hidden()


def test_everything_essential_works_without_scripts(
    gallery: Running, visitor: Callable[..., BrowserContext]
) -> None:
    page = visitor(java_script_enabled=False).new_page()
    page.goto(f"{gallery.url}/inbox?view=open")
    page.get_by_role("link", name="Mina Karimi").first.click()
    page.locator("#body").fill("By plain form")
    page.locator("#composer .button-primary").click()
    expect(page.locator("#items .said-team", has_text="By plain form")).to_have_count(1)
    page.get_by_role("radio", name="Note").check()
    page.locator("#body").fill("A plain note")
    page.get_by_role("button", name="Add note").click()
    expect(page.locator("#items .note", has_text="A plain note")).to_have_count(1)
    page.get_by_role("button", name="Resolve", exact=True).click()
    expect(page.locator("#thread-head")).to_have_attribute("data-state", "resolved")
