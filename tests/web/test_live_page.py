"""What happens elsewhere comes into an open page and disturbs nobody."""

import pytest
from playwright.sync_api import Page, expect

from tests.web.conftest import Running
from tests.web.gallery import sample

pytestmark = pytest.mark.browser


def test_a_message_arrives_and_draft_focus_and_caret_stay(gallery: Running, page: Page) -> None:
    page.goto(gallery.conversation())
    page.locator("#body").fill("Half a sentence")
    page.keyboard.press("Home")
    gallery.receive("Are you there?")
    expect(page.locator("#items")).to_contain_text("Are you there?")
    expect(page.locator("#body")).to_be_focused()
    expect(page.locator("#body")).to_have_value("Half a sentence")
    assert page.evaluate("document.getElementById('body').selectionStart") == 0
    expect(page.locator("#announcer")).to_contain_text("Are you there?")


def test_nothing_shifts_but_by_ones_own_hand(gallery: Running, page: Page) -> None:
    page.add_init_script(
        "window.shifted = []; new PerformanceObserver((list) => {"
        " for (const one of list.getEntries()) if (!one.hadRecentInput)"
        " window.shifted.push([one.value, ...one.sources.map(({node}) => node?.id)]);"
        "}).observe({type: 'layout-shift', buffered: true})"
    )
    for number in (2, 3):
        page.goto(gallery.conversation(number))
        gallery.receive("Are you there?", number)
        expect(page.locator("#items li").last).to_contain_text("Are you there?")
        gallery.receive("Hello again", 5)
        expect(page.locator("#rows .row").first).to_contain_text("Hello again")
        page.wait_for_timeout(300)  # what glides has come to its place
        assert sum(one[0] for one in page.evaluate("window.shifted")) < 0.01, page.evaluate(
            "window.shifted"
        )


def test_who_reads_further_up_keeps_his_place(gallery: Running, page: Page) -> None:
    page.set_viewport_size({"width": 1440, "height": 500})
    page.goto(gallery.conversation())
    scroll = page.locator("#thread-scroll")
    scroll.evaluate("it => it.scrollTop = -300")
    note = page.locator(".note")
    before = note.bounding_box()
    gallery.receive("One\ntwo\nthree")
    expect(page.locator("#below")).to_contain_text("1 new below")
    assert note.bounding_box() == before
    page.locator("#below").click()
    expect(page.locator("#below")).to_be_hidden()
    expect(page.locator("#items li").last).to_be_in_viewport()


def test_selected_words_stay_selected_and_still(gallery: Running, page: Page) -> None:
    page.goto(gallery.conversation())
    page.locator(".bubble p").last.select_text()
    item = page.locator(".said", has=page.locator(".bubble")).last.get_attribute("id")
    before = page.locator(f"#{item} .bubble").bounding_box()
    assert before is not None
    chosen = page.evaluate("String(getSelection())")
    gallery.receive("Something new")
    expect(page.locator("#items")).to_contain_text("Something new")
    assert page.evaluate("String(getSelection())") == chosen
    after = page.locator(f"#{item} .bubble").bounding_box()
    assert after is not None
    assert abs(after["y"] - before["y"]) < 1


def test_earlier_messages_come_by_themselves_without_a_jump(gallery: Running, page: Page) -> None:
    page.set_viewport_size({"width": 1440, "height": 500})
    page.goto(gallery.conversation())
    expect(page.locator("#more-items a")).to_be_attached()
    page.locator("#more-items a").scroll_into_view_if_needed()
    expect(page.locator("#more-items")).to_be_hidden()
    # What was the first stays where it is looked at; the earlier ones stand above it.
    bag = page.locator("#items .said", has_text="I ordered the bag")
    assert bag.count() > 1
    expect(bag.last).to_be_in_viewport()


def test_rows_do_not_move_under_the_pointer(gallery: Running, page: Page) -> None:
    page.goto(gallery.conversation())
    rows = page.locator("#rows .row-name")
    expect(rows.nth(0)).to_have_text("Reza Ahmadi")
    page.locator("#rows .row").nth(3).hover()
    gallery.receive("I am first now", number=7)
    expect(page.locator("#list-changed")).to_contain_text("1 changed")
    expect(page.locator("#rows .row").nth(7)).to_contain_text("I am first now")
    expect(rows.nth(0)).to_have_text("Reza Ahmadi")
    page.mouse.move(900, 400)
    expect(rows.nth(0)).to_have_text("Parsa Nouri")
    expect(page.locator("#list-changed")).to_be_hidden()


def test_a_row_with_the_focus_moves_when_the_focus_has_left(gallery: Running, page: Page) -> None:
    page.goto(gallery.conversation())
    link = page.locator("#rows .row-link").nth(7)
    link.focus()
    page.mouse.move(900, 400)
    before = link.bounding_box()
    gallery.receive("Up I go", number=7)
    expect(page.locator("#rows .row.moved")).to_have_count(1)
    expect(link).to_be_focused()
    assert link.bounding_box() == before
    page.locator("#body").focus()
    expect(page.locator("#rows .row").first).to_contain_text("Up I go")


def test_a_resolved_conversation_leaves_the_list_when_another_opens(
    gallery: Running, page: Page
) -> None:
    page.goto(gallery.conversation())
    page.keyboard.press("e")
    expect(page.locator("#thread-head")).to_have_attribute("data-state", "resolved")
    expect(page.locator("#rows .row.leaving")).to_contain_text("Mina Karimi")
    expect(page.locator(".toast")).to_contain_text("Conversation resolved")
    page.keyboard.press("j")
    expect(page.locator("#thread-head h2")).to_contain_text("Omid Rezaei")
    expect(page.locator(f"#row-{sample.made('conversation-2')}")).to_have_count(0)


def test_undo_takes_the_act_back(gallery: Running, page: Page) -> None:
    page.goto(gallery.conversation())
    page.keyboard.press("e")
    expect(page.locator(".toast")).to_be_visible()
    page.keyboard.press("z")
    expect(page.locator("#thread-head")).to_have_attribute("data-state", "open")
    expect(page.locator(".toast")).to_have_count(0)


def test_the_state_of_an_answer_is_followed(gallery: Running, page: Page) -> None:
    page.goto(gallery.conversation())
    page.locator("#body").fill("On its way")
    page.keyboard.press("Control+Enter")
    answer = page.locator("#items .said", has_text="On its way")
    expect(answer.locator(".delivery")).to_contain_text("Queued")
    expect(answer.locator(".delivery")).to_contain_text("Sent")
    expect(answer).to_have_count(1)


def test_an_opened_menu_stays_open(gallery: Running, page: Page) -> None:
    page.goto(gallery.conversation())
    page.keyboard.press("a")
    expect(page.locator("#assign")).to_be_visible()
    gallery.receive("A change of the head")
    expect(page.locator("#items")).to_contain_text("A change of the head")
    expect(page.locator("#assign")).to_be_visible()
    page.locator("#assign .menu-row", has_text="Niloufar").click()
    expect(page.locator(".assign-button")).to_contain_text("Niloufar")
    expect(page.locator("#items")).to_contain_text("assigned it to Niloufar Mehr")
