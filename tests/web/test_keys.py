"""Everything by keyboard, also on a Persian one."""

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.web.conftest import Running

pytestmark = pytest.mark.browser


def test_j_and_k_walk_through_the_list_and_open(gallery: Running, page: Page) -> None:
    page.goto(f"{gallery.url}/inbox?view=open")
    title = page.locator("#thread-head h2")
    page.keyboard.press("j")
    expect(title).to_have_text("Refund for order 10391")
    page.keyboard.press("j")
    expect(title).to_have_text("Wholesale price list")
    expect(page.locator("#rows [aria-current]")).to_have_count(1)
    expect(page.locator("#rows [aria-current]")).to_be_focused()
    page.keyboard.press("k")
    expect(title).to_have_text("Refund for order 10391")
    expect(page).to_have_title("Refund for order 10391 · Sample Shop")
    page.go_back()
    expect(title).to_have_text("Wholesale price list")


def test_the_list_is_one_stop_of_the_tab_key(gallery: Running, page: Page) -> None:
    page.goto(gallery.conversation())
    links = page.locator("#rows .row-link")
    reached = page.locator("#rows .row-link[tabindex='0'], #rows input[tabindex='0']")
    expect(reached).to_have_count(2)
    expect(page.locator("#rows .row-link[tabindex='0']")).to_have_attribute("aria-current", "true")
    links.nth(1).focus()
    for key, row in (("End", -1), ("Home", 0)):
        page.keyboard.press(key)
        expect(links.nth(row)).to_be_focused()
        expect(links.nth(row)).to_have_attribute("tabindex", "0")
    expect(reached).to_have_count(2)
    assert page.url == gallery.conversation(), "nothing is opened by it"


def test_the_focus_stays_where_something_was_done(gallery: Running, page: Page) -> None:
    page.goto(gallery.conversation())
    done = page.locator(".resolve-button")
    for state in ("resolved", "open"):
        done.focus()
        page.keyboard.press("Enter")
        expect(page.locator(f"#thread-head[data-state={state}]")).to_be_visible()
        expect(done).to_be_focused()
    page.locator(".toast-close").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".toast")).to_have_count(0)
    expect(done).to_be_focused()


def test_keys_are_found_by_their_place(
    gallery: Running, visitor: Callable[..., BrowserContext]
) -> None:
    page = visitor("fa.light.jalali").new_page()
    page.goto(f"{gallery.url}/inbox?view=open")
    # What the J key of a Persian keyboard says.
    page.evaluate(
        "document.body.dispatchEvent(new KeyboardEvent('keydown',"
        " {key: 'ت', code: 'KeyJ', bubbles: true}))"
    )
    expect(page.locator("#thread-head h2")).to_have_text("بازپرداخت سفارش ۱۰۳۹۱")
    page.evaluate(
        "document.body.dispatchEvent(new KeyboardEvent('keydown',"
        " {key: '؟', code: 'Slash', shiftKey: true, bubbles: true}))"
    )
    expect(page.locator("#keys")).to_be_visible()


def test_r_writes_escape_leaves(gallery: Running, page: Page) -> None:
    page.goto(gallery.conversation())
    page.keyboard.press("r")
    expect(page.locator("#body")).to_be_focused()
    page.keyboard.type("jek? stays text")
    expect(page.locator("#body")).to_have_value("jek? stays text")
    page.keyboard.press("Escape")
    expect(page.locator("#rows [aria-current]")).to_be_focused()
    page.keyboard.press("j")
    expect(page.locator("#thread-head h2")).to_have_text("Omid Rezaei")


def test_a_opens_the_menu_and_arrows_move_in_it(gallery: Running, page: Page) -> None:
    page.goto(gallery.conversation())
    page.keyboard.press("a")
    rows = page.locator("#assign .menu-row")
    expect(rows.nth(0)).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(rows.nth(1)).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#assign")).to_be_hidden()
    expect(page.locator(".assign-button")).to_be_focused()


def test_the_customer_pane_folds_and_slides(gallery: Running, page: Page) -> None:
    page.goto(gallery.conversation())
    expect(page.locator("#customer")).to_be_visible()
    page.locator(".customer-toggle").click()
    expect(page.locator("#customer")).to_be_hidden()
    page.reload()
    expect(page.locator("#customer")).to_be_hidden()
    page.set_viewport_size({"width": 1200, "height": 800})
    page.locator(".customer-toggle").click()
    expect(page.locator("#customer")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#customer")).to_be_hidden()
    expect(page.locator(".customer-toggle")).to_be_focused()


def test_a_view_of_the_rail_changes_the_list_without_a_new_page(
    gallery: Running, page: Page
) -> None:
    page.goto(gallery.conversation())
    page.evaluate("window.same = true")
    page.locator("#places a", has_text="Unassigned").click()
    expect(page.locator("#list-title")).to_have_text("Unassigned")
    expect(page.locator("#places [aria-current]")).to_contain_text("Unassigned")
    expect(page.locator("#conversation")).to_contain_text("No conversation is open")
    expect(page).to_have_url(f"{gallery.url}/inbox?view=unassigned")
    assert page.evaluate("window.same")
    page.go_back()
    expect(page.locator("#thread-head h2")).to_have_text("Order 10482")


def test_more_rows_come_before_the_end_is_seen(gallery: Running, page: Page) -> None:
    page.goto(f"{gallery.url}/inbox?view=open")
    expect(page.locator("#rows .row")).to_have_count(20)
    expect(page.locator("#more")).to_have_count(0)


def test_on_a_phone_one_pane_is_seen_at_a_time(
    gallery: Running, visitor: Callable[..., BrowserContext]
) -> None:
    page = visitor(
        viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True
    ).new_page()
    page.goto(f"{gallery.url}/inbox?view=open")
    expect(page.locator(".bar")).to_be_visible()
    page.locator("#rows .row-link").nth(2).tap()
    expect(page.locator("#list")).to_be_hidden()
    expect(page.locator(".bar")).to_be_hidden()
    page.go_back()
    expect(page.locator("#list")).to_be_visible()
    page.go_forward()
    expect(page.locator("#thread-head")).to_be_visible()
    page.locator(".customer-toggle").tap()
    expect(page.locator("#customer")).to_be_in_viewport()
    page.locator(".back-to-thread").tap()
    expect(page.locator("#customer")).to_be_hidden()
    page.locator(".back").tap()
    expect(page.locator("#list")).to_be_visible()
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width == 390


def test_own_settings_change_language_and_direction(gallery: Running, page: Page) -> None:
    page.goto(gallery.conversation())
    page.locator(".me").click()
    page.get_by_role("radio", name="فارسی").click()
    expect(page.locator("html")).to_have_attribute("dir", "rtl")
    rail, body = page.locator(".rail").bounding_box(), page.locator("body").bounding_box()
    assert rail is not None
    assert body is not None
    assert round(rail["x"] + rail["width"]) == round(body["width"])
