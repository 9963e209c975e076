"""Which conversation a message belongs to: token, reference, the open one, one settled lately."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from hub.app import Hub
from hub.message import Media, Text
from hub.security.tokens import thread_token
from hub.store.tables import Conversation, Event, Identity, Outgoing, RuleResult, Survey
from tests.desk import Desk, until
from tests.harness import people

HOUR = timedelta(hours=1)


async def place(desk: Desk, text: str, **how: object) -> UUID:
    """The conversation that a message by Sara came to."""
    conversation = await desk.conversation(await desk.hears(text, **how))
    found: UUID = conversation.id
    return found


@pytest.mark.both
async def test_what_a_customer_says_next_stands_in_the_open_conversation(desk: Desk) -> None:
    first = await place(desk, "hello")
    assert await place(desk, "one more thing") == first
    assert await place(desk, "hello", sender="omid") != first
    await desk.moves(900 * HOUR)
    assert await place(desk, "a month later, still open") == first


@pytest.mark.both
async def test_a_conversation_settled_lately_is_opened_again(desk: Desk) -> None:
    first = await place(desk, "hello")
    await desk.resolves(first)
    await desk.moves(71 * HOUR)
    assert await place(desk, "it is broken again") == first
    conversation = await desk.one(Conversation, id=first)
    assert (conversation.status, conversation.resolved_at) == ("open", None)
    assert "conversation.reopened" in [event.kind for event in await desk.all(Event)]


@pytest.mark.both
async def test_who_wrote_spam_writes_on_in_it_unanswered(desk: Desk) -> None:
    first = await place(desk, "cheap pills")
    await desk.marks_spam(first)
    decided = len(await desk.all(RuleResult))
    await desk.moves(100 * HOUR)
    assert await place(desk, "hello?") == first
    assert await place(desk, "hello again", account="threads", shared_id="<1@x>") == first
    assert (await desk.one(Conversation, id=first)).status == "spam"
    assert len(await desk.all(RuleResult)) == decided
    await desk.moves(31 * 24 * HOUR)
    assert await place(desk, "a month later, they may mean it") != first


async def test_who_has_spoken_of_something_else_since_writes_no_spam(desk: Desk) -> None:
    spam = await place(desk, "cheap pills", account="threads", shared_id="<1@x>")
    await desk.moves(HOUR)
    await place(desk, "my order", account="threads", shared_id="<2@x>")
    await desk.marks_spam(spam)
    assert await place(desk, "another order", account="threads", shared_id="<3@x>") != spam
    assert await place(desk, "and here?") != spam


@pytest.mark.both
async def test_after_72_hours_a_new_one_begins(desk: Desk) -> None:
    first = await place(desk, "hello")
    await desk.resolves(first)
    await desk.moves(72 * HOUR)
    second = await place(desk, "something new")
    assert second != first
    assert (await desk.one(Conversation, id=first)).status == "resolved"
    numbers = [row.number for row in await desk.all(Conversation, "number")]
    assert numbers == sorted(set(numbers))


async def test_an_open_one_is_preferred_to_one_settled_lately(desk: Desk) -> None:
    open_one = await place(desk, "one", account="threads", shared_id="<1@x>")
    settled = await place(desk, "two", account="threads", shared_id="<2@x>")
    await desk.resolves(settled)
    assert await place(desk, "and now by chat") == open_one


@pytest.mark.both
async def test_with_threads_every_first_message_begins_a_conversation(desk: Desk) -> None:
    first = await place(desk, "Re: your offer", account="threads", subject="Re: your offer")
    second = await place(desk, "Re: your offer", account="threads", subject="Re: your offer")
    assert first != second


@pytest.mark.both
async def test_a_reference_to_any_message_of_the_thread_finds_it(desk: Desk) -> None:
    mail = {"account": "threads"}
    first = await place(desk, "one", shared_id="<1@x>", **mail)
    other = await place(desk, "other", shared_id="<2@x>", **mail)
    answer = await desk.answers(first, "our answer")
    sent = await desk.state(answer, "sent")
    (arrived,) = [one for one in people(desk.hub, "threads").arrived if "our answer" in str(one)]
    assert await place(desk, "a reply", reply_to=arrived.external_id, **mail) == first
    assert await place(desk, "by an id of theirs", references=("<1@x>", "<?@x>"), **mail) == first
    await desk.resolves(first)
    await desk.moves(2000 * HOUR)
    assert await place(desk, "much later", references=(arrived.external_id,), **mail) == first
    # The nearest of several counts; what nobody knows does not.
    both = ("<1@x>", "<2@x>")
    assert await place(desk, "about the other", references=both, **mail) == other
    assert await place(desk, "unknown", references=("<nobody@x>",), **mail) not in (first, other)
    assert sent.attempt == 1


async def test_a_token_is_stronger_than_a_reference(desk: Desk) -> None:
    mail = {"account": "threads"}
    first = await place(desk, "one", shared_id="<1@x>", **mail)
    other = await place(desk, "other", shared_id="<2@x>", **mail)
    sara = await desk.identity("sara")
    token = thread_token(desk.hub.keys, first, sara.id)
    assert await place(desk, "reply", thread_token=token, references=("<2@x>",), **mail) == first
    assert await place(desk, "reply", references=("<2@x>",), **mail) == other


@pytest.mark.both
async def test_a_reply_in_the_same_batch_finds_what_it_answers(desk: Desk) -> None:
    first = desk.said("one", account="threads", shared_id="<1@x>")
    reply = desk.said("two", account="threads", shared_id="<2@x>", references=("<1@x>",))
    one, two = (await desk.accepts(first, reply, account="threads")).ids
    assert one is not None
    assert two is not None
    assert (await desk.conversation(one)).id == (await desk.conversation(two)).id


LAST_WORDS = [
    "Thanks!",
    "thank you very much",
    "👍",
    "ok 🙏",
    "ممنون",
    "مرسي",
    "خیلی ممنون.",
    "سپاس 🌹",
]


@pytest.mark.both
async def test_last_words_of_both_languages_are_known(desk: Desk) -> None:
    for number, words in enumerate(LAST_WORDS):
        await _filed(desk, words, sender=f"somebody {number}")


async def _filed(desk: Desk, words: str, sender: str = "sara") -> None:
    first = await place(desk, "hello", sender=sender)
    await desk.resolves(first)
    await until(lambda: people(desk.hub).to(sender), "the welcome")
    sent = len(await desk.all(Outgoing))
    await desk.moves(HOUR)
    assert await place(desk, words, sender=sender) == first
    assert (await desk.one(Conversation, id=first)).status == "resolved"
    assert len(await desk.all(Outgoing)) == sent
    assert len(await desk.all(Survey, conversation_id=first)) <= 1
    assert words in await desk.texts()


async def test_thanks_with_a_wish_is_no_last_word(desk: Desk) -> None:
    first = await place(desk, "hello")
    for words in ("Thanks, but it is still broken", "ممنون ولی هنوز خراب است", "ok?  when"):
        await desk.resolves(first)
        assert await place(desk, words) == first
        assert (await desk.one(Conversation, id=first)).status == "open"


async def test_a_sticker_is_a_last_word_and_a_photo_is_not(hub: Hub, desk: Desk) -> None:
    first = await place(desk, "hello")
    for form, status in (("sticker", "resolved"), ("image", "open")):
        await desk.resolves(first)
        message = desk.said("").model_copy(update={"content": (Media(form=form, missing="test"),)})
        await desk.accepts(message)
        assert (await desk.one(Conversation, id=first)).status == status


async def test_a_conversation_answers_in_the_customer_s_language(desk: Desk) -> None:
    address = desk.said("x").sender.model_copy(update={"address": "omid", "locale": "fa"})
    await desk.accepts(desk.said("سلام").model_copy(update={"sender": address}))
    (welcome,) = await until(lambda: people(desk.hub).to("omid"), "the welcome")
    (text,) = welcome.content
    assert isinstance(text, Text)
    assert any("\u0600" <= letter <= "\u06ff" for letter in text.text)
    assert (await desk.identity("omid")).kind == "memory"
    assert len(await desk.all(Identity)) == 1
