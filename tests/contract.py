"""The conformance suite: what every channel adapter promises, tried on a whole hub.

Subclass `ChannelContract`, give it a `far` fixture that yields a `FarSide`, and the suite does
the rest; docs/adapters.md tells how. The hub is a real one with a real database. The far side
should be as real as it can be: a server of that kind, or one that keeps the documented rules.
"""

from __future__ import annotations

import asyncio
import json
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Literal, TypeVar
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from hub.app import Hub, Opened
from hub.message import (
    Block,
    Button,
    Buttons,
    Card,
    Contact,
    Content,
    Form,
    Html,
    Inbound,
    Location,
    Media,
    Question,
    Survey,
    System,
    Text,
)
from hub.text.plain import storable
from tests.desk import PATIENCE, Desk, until
from tests.harness import rows, running_hub

ACCOUNT = "contract"
Break = Literal["permanent", "temporary", "uncertain"]
Act = Literal["edit", "delete", "react"]
Test = TypeVar("Test", bound=Callable[..., Any])

RULES = """
- id: robot
  about: The one thing that this hub answers by itself.
  when: message.received
  if:
    text: {mentions: [robot]}
  then:
    - reply: {template: welcome}
"""

PICTURE = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c4944415408d763f8ff"
    "ff3f0005fe02fea735810d0000000049454e44ae426082"
)
"""A red dot as PNG."""

DIFFICULT: Mapping[str, str] = {
    "a half-space": "می‌خواهم کتاب‌ها را ببینم",
    "right to left with Latin in it": "قیمت iPhone 13 چند است؟ #سؤال",
    "bidi marks and isolates": "\u200fسلام\u200e (abc) \u2067۱۲۳\u2069 \u202bدرست\u202c.",
    "Arabic letters and digits": "كتاب ي ة ٤٥٦ ـــ ً ٍ",
    "a family, a flag and a skin tone": "👨‍👩‍👧‍👦 🇮🇷 👋🏽 ❤️",
    "combining marks": "Zoë Z̸͖̈́a̷ḽgo é",
    "markup that is none": "<b>1 < 2 & 3</b> *a* _b_ `c` [d](e) {{ f }} %s \\",
    "lines and tabs": "one\n\n  two\tthree\n> four\n-- \nfive",
    "astral letters": "𝔘𝔫𝔦𝔠𝔬𝔡𝔢 𠜎",
    "a NUL": "before\x00after",
    "a lone surrogate": "before\ud83dafter",
    "64 k of lines": "\n".join(f"line {n}" for n in range(6_000))[: 64 * 1024],
    "one line of 64 k": "سلام " * 13_000,
}


@dataclass(frozen=True)
class Delivered:
    """One message as it lies on the far side.

    text: every word that a reader sees there: captions, labels of buttons, links and names of
    files too. automated: whether it says that a machine wrote it; None where the channel has no
    such mark. native: the far side's own form of it, which comes back as `reply_to`.
    """

    text: str
    automated: bool | None = None
    native: Any = field(default=None, compare=False)


@dataclass(frozen=True)
class Recorded:
    """One case of the corpus: an original, byte for byte, and what is made of it, as JSON.

    `expected` is `[value.model_dump(mode="json", exclude={"raw"}, exclude_defaults=True), …]`.
    """

    name: str
    original: bytes
    expected: Sequence[Mapping[str, Any]]

    @classmethod
    def folder(cls, folder: Path, suffix: str) -> tuple[Recorded, ...]:
        """`<name><suffix>` and, beside it, `<name>.expected.json`."""
        return tuple(
            cls(
                path.name.removesuffix(suffix),
                path.read_bytes(),
                json.loads(path.with_name(f"{path.name}.expected.json").read_text()),
            )
            for path in sorted(folder.glob(f"*{suffix}"))
        )


class FarSide(ABC):
    """The other end of the line, as the suite needs it.

    kind: the adapter's. options: what stands in the settings of the account.
    breaks: the ways in which a sending can be made to fail.
    acts: what people there can do with a message that they wrote.
    marks_machines: whether a machine's message can be told from a person's there.
    quotes: whether people there can point at the message that they answer.
    """

    kind: ClassVar[str]
    options: Mapping[str, Any] = {}
    breaks: frozenset[Break] = frozenset()
    acts: frozenset[Act] = frozenset()
    marks_machines: bool = True
    quotes: bool = True

    async def connect(self, hub: Hub, account: str) -> None:  # noqa: B027 - most need nothing
        """The hub runs; whoever is reached by its routes serves `hub.routes()` from here on."""

    @abstractmethod
    async def write(
        self,
        text: str,
        *,
        who: str = "sara",
        automated: bool = False,
        reply_to: Delivered | None = None,
    ) -> None:
        """Somebody writes. Does not wait for the hub. The same `who` is the same person."""

    @abstractmethod
    async def redeliver(self) -> None:
        """Bring everything that was written again, as after a lost acknowledgement."""

    @abstractmethod
    async def unacknowledged(self) -> int:
        """How many messages the source would bring again if the hub died now."""

    @abstractmethod
    async def delivered(self) -> Sequence[Delivered]:
        """All that arrived there from us, in order, doubles included."""

    def break_next(self, how: Break) -> None:
        """Let the next sending fail: refused for good, refused for now, or taken without an
        answer. Only called with what `breaks` names."""
        raise NotImplementedError

    async def act(self, act: Act, text: str) -> None:
        """Do this to the message that was written last: edit it into `text`, delete it, or put
        the reaction `text` on it. Only called with what `acts` names."""
        raise NotImplementedError

    def carried(self, text: str) -> str | None:
        """What of a text reaches the hub; None when nobody can write it there."""
        return storable(text)

    def shown(self, text: str) -> str:
        """How a text of ours is read there."""
        return text


class Line:
    """A running hub, one account, the far side behind it, and an agent."""

    def __init__(self, desk: Desk, far: FarSide) -> None:
        self.desk = desk
        self.hub = desk.hub
        self.far = far

    @property
    def opened(self) -> Opened:
        return self.hub.accounts[ACCOUNT]

    async def rows(self, query: str, **values: Any) -> list[Any]:
        return await rows(self.hub, query, **values)

    # --- in ---

    async def inbound(self) -> list[Any]:
        """What is stored of what people wrote, in the order in which it came."""
        return await self.rows(
            "SELECT m.id, m.conversation_id, m.automated, m.reply_to_id, m.deleted_at, m.revision,"
            " c.text FROM message m JOIN content c"
            " ON c.message_id = m.id AND c.revision = m.revision WHERE m.direction = 'in'"
            " ORDER BY m.received_at, m.id"
        )

    async def stored(self, count: int) -> list[Any]:
        """Wait until so many messages are stored."""

        async def enough() -> list[Any] | None:
            found = await self.inbound()
            return found if len(found) >= count else None

        found: list[Any] = await until(enough, f"{count} stored messages")
        return found

    async def hears(self, text: str, **how: Any) -> Any:
        """Somebody writes; the row of the stored message."""
        count = len(await self.inbound())
        await self.far.write(text, **how)
        return (await self.stored(count + 1))[-1]

    @contextmanager
    def failing_store(self) -> Iterator[asyncio.Event]:
        """Nothing can be stored within the block. The event is set when it was tried."""
        tried = asyncio.Event()
        accept = self.hub.intake.accept

        async def fail(*_: Any, **__: Any) -> Any:
            tried.set()
            raise OSError("No space left on device")

        self.hub.intake.accept = fail  # type: ignore[method-assign]
        try:
            yield tried
        finally:
            self.hub.intake.accept = accept  # type: ignore[method-assign]

    # --- out ---

    async def answers(self, conversation_id: Any, *blocks: Block) -> UUID:
        """The agent answers; the message's id."""
        return await self.desk.answers(_uuid(conversation_id), *blocks)

    async def outcome(self, message_id: UUID) -> Any:
        """What became of the first attempt, or of the last if there is nothing left to try."""

        async def settled() -> Any:
            row = await self.desk.sending(message_id)
            again = row.state == "queued" and row.attempt > 0 and row.error
            return row if again or row.state not in ("queued", "sending") else None

        return await until(settled, f"the outcome of {message_id}")

    async def arrives(self, words: str, since: int = 0) -> list[Delivered]:
        """Wait until these words stand on the far side; what arrived since `since`."""

        async def there() -> list[Delivered] | None:
            found = list(await self.far.delivered())[since:]
            return found if squeezed(words) in squeezed(_all(found)) else None

        found: list[Delivered] = await until(there, f"{words[:60]!r} to arrive")
        return found

    async def sends(self, conversation_id: Any, *blocks: Block) -> Any:
        """The agent answers, and it becomes known what became of it."""
        return await self.outcome(await self.answers(conversation_id, *blocks))


def _uuid(value: Any) -> UUID:
    return value if isinstance(value, UUID) else UUID(value)


def _all(found: Sequence[Delivered]) -> str:
    return "\n".join(one.text for one in found)


def squeezed(text: str) -> str:
    """A text without its white space, which many media set anew."""
    return "".join(text.split())


async def samples(line: Line) -> dict[str, tuple[Content, Sequence[str]]]:
    """For each type of block a message with one, and the words that must not be lost of it."""
    host = line.opened.host
    picture = await host.put_blob(PICTURE, name="dot.png", media_type="image/png")
    notes = await host.put_blob(b"some notes", name="notes.txt", media_type="text/plain")
    choice = ((Button(label="Yes, please", value="yes"), Button(label="No", value="no")),)
    of: dict[str, tuple[Content, Sequence[str]]] = {
        "text": ((Text(text="plain words"),), ["plain words"]),
        "media: image": (
            (Media(form="image", blob=picture, caption=Text(text="a red dot")),),
            ["a red dot"],
        ),
        "media: document": ((Media(form="document", blob=notes),), ["notes.txt"]),
        "html": (
            (Text(text="bold words"), Html(html="<p><b>bold words</b></p>")),
            ["bold words"],
        ),
        "location": ((Location(latitude=35.6997, longitude=51.338, title="Sample square"),), []),
        "contact": ((Contact(name="Sample Person", phones=("+982112345678",)),), ["Sample Person"]),
        "card": (
            (Card(title="A sample card", text="what it says", url="https://example.org/card"),),
            ["A sample card", "what it says"],
        ),
        "buttons": (
            (Text(text="which one?"), Buttons(rows=choice)),
            ["which one?", "Yes, please", "No"],
        ),
        "form": (
            (
                Form(
                    title="A sample form",
                    questions=(Question(name="size", label="Which size?"),),
                    submit="Send it",
                ),
            ),
            ["A sample form", "Which size?"],
        ),
        "survey": (
            (Survey(question="How was it?", form="stars", scale=5, token="sample-token"),),
            ["How was it?"],
        ),
        "system": ((System(what="assigned", text="a colleague joined"),), ["a colleague joined"]),
    }
    return of


def _if(claimed: Callable[[type[ChannelContract]], bool]) -> Callable[[Test], Test]:
    """The test is one of the suite for those channels only that claim what it tries."""

    def marked(test: Test) -> Test:
        test.claimed = claimed  # type: ignore[attr-defined]
        return test

    return marked


_if_parser = _if(lambda contract: contract.normalise is not None)


def _if_breaks(how: Break) -> Callable[[Test], Test]:
    return _if(lambda contract: how in contract.side.breaks)


class ChannelContract:
    """Every test of this class holds for every channel that claims what it is about."""

    side: ClassVar[type[FarSide]]
    """What the fixture `far` gives; its claims say which tests there are."""
    recorded: ClassVar[Sequence[Recorded]] = ()
    normalise: ClassVar[Callable[[bytes], Sequence[Inbound]] | None] = None
    """The adapter's parser: from an original to values. Never raises."""

    def __init_subclass__(cls) -> None:
        for name, test in vars(ChannelContract).items():
            claimed = getattr(test, "claimed", None)
            if claimed is not None and not claimed(cls):
                setattr(cls, name, None)

    @pytest.fixture
    def far(self) -> FarSide:
        raise NotImplementedError("a subclass gives its far side")

    @pytest.fixture
    async def line(self, far: FarSide, folder: Path, database_url: str) -> AsyncIterator[Line]:
        accounts = {ACCOUNT: {"kind": far.kind, **far.options}}
        async with running_hub(folder, accounts, database_url=database_url) as hub:
            desk = await Desk.at(hub)
            await desk.rules(RULES)
            await far.connect(hub, ACCOUNT)
            yield Line(desk, far)

    # --- reading ---

    @_if_parser
    def test_the_corpus_normalises_as_recorded(self, subtests: pytest.Subtests) -> None:
        normalise = _parser(self)
        for case in self.recorded:
            with subtests.test(case.name):
                assert [_dumped(value) for value in normalise(case.original)] == list(case.expected)

    @_if_parser
    def test_nothing_makes_the_parser_raise(self) -> None:
        normalise = _parser(self)

        @given(_mutated([case.original for case in self.recorded]))
        def survives(original: bytes) -> None:
            for value in normalise(original):
                value.model_dump(mode="json", exclude={"raw"})

        survives()

    # --- receiving ---

    async def test_what_somebody_writes_is_stored(self, line: Line) -> None:
        row = await line.hears("Where is my order?")
        assert row.text.strip() == "Where is my order?"
        assert not row.automated

    async def test_what_is_brought_again_is_stored_once(self, line: Line) -> None:
        await line.hears("the first")
        await line.hears("the second")
        await line.far.redeliver()
        await line.hears("the third")
        assert [row.text.strip() for row in await line.inbound()] == [
            "the first",
            "the second",
            "the third",
        ]

    async def test_nothing_is_acknowledged_before_it_is_stored(self, line: Line) -> None:
        await line.hears("the store works")
        await until(_settled(line.far), "the first message to be acknowledged")
        with line.failing_store() as tried:
            await line.far.write("the store is full")
            async with asyncio.timeout(PATIENCE):
                await tried.wait()
            # Long enough for an acknowledgement that should not be there to arrive.
            await asyncio.sleep(0.2)
            assert await line.far.unacknowledged() == 1
        rows = await line.stored(2)
        assert [row.text.strip() for row in rows] == ["the store works", "the store is full"]
        await until(_settled(line.far), "the second message to be acknowledged")

    async def test_receiving_stops_promptly_when_it_is_cancelled(self, line: Line) -> None:
        await line.hears("are you there?")
        (receiving,) = (
            task for task in asyncio.all_tasks() if task.get_name() == f"payam account {ACCOUNT}"
        )
        receiving.cancel()
        await asyncio.wait({receiving}, timeout=5)
        assert receiving.done(), "receive did not stop when it was cancelled"

    async def test_difficult_characters_come_in(
        self, line: Line, subtests: pytest.Subtests
    ) -> None:
        for name, text in DIFFICULT.items():
            carried = line.far.carried(text)
            if carried is None:
                continue
            with subtests.test(name):
                row = await line.hears(text)
                assert row.text.strip() == carried.strip()

    @_if(lambda contract: contract.side.marks_machines)
    async def test_a_machine_is_marked_and_never_answered(self, line: Line) -> None:
        machine = await line.hears("robot? This is a robot.", who="robot", automated=True)
        assert machine.automated
        person = await line.hears("robot, please", who="sara")
        assert not person.automated
        await until(line.far.delivered, "the answer to the person")
        answered = await line.rows("SELECT conversation_id FROM outgoing")
        assert [row.conversation_id for row in answered] == [person.conversation_id]

    @_if(lambda contract: bool(contract.side.acts))
    async def test_people_change_what_they_wrote(
        self, line: Line, subtests: pytest.Subtests
    ) -> None:
        for act in sorted(line.far.acts):
            with subtests.test(act):
                before = await line.hears(f"to {act}")
                await line.far.act(act, "👍" if act == "react" else "as it should be")

                async def changed(id: Any = before.id) -> Any:
                    (row,) = [row for row in await line.inbound() if row.id == id]
                    reactions = await line.rows("SELECT message_id FROM reaction")
                    done = row.deleted_at or row.revision or (id,) in map(tuple, reactions)
                    return row if done else None

                after = await until(changed, f"the {act} to be noted")
                if act == "edit":
                    assert after.text.strip() == "as it should be"

    # --- sending ---

    async def test_an_answer_arrives_and_says_who_wrote_it(self, line: Line) -> None:
        row = await line.hears("robot, are you there?")
        automatic = await until(line.far.delivered, "the robot's answer")
        assert automatic[-1].automated in (True, None)
        outcome = await line.sends(row.conversation_id, Text(text="Yes, and so am I."))
        assert (outcome.state, outcome.error) == ("sent", None)
        (person,) = await line.arrives("Yes, and so am I.", since=len(automatic))
        assert not person.automated
        assert (person.automated is None) == (automatic[-1].automated is None)

    async def test_the_order_of_a_conversation_is_kept(self, line: Line) -> None:
        row = await line.hears("tell me everything")
        words = [f"part {number} of 5" for number in range(1, 6)]
        for part in words:
            await line.answers(row.conversation_id, Text(text=part))
        found = _all(await line.arrives(words[-1]))
        places = [found.find(part) for part in words]
        assert -1 not in places
        assert places == sorted(places)

    async def test_difficult_characters_go_out_whole_or_are_refused(
        self, line: Line, subtests: pytest.Subtests
    ) -> None:
        row = await line.hears("hello")
        for name, text in DIFFICULT.items():
            if text != storable(text):
                continue  # no answer can hold these: the pages take them out
            with subtests.test(name):
                await self._sent_or_refused(
                    line, row.conversation_id, (Text(text=text),), [line.far.shown(text)]
                )

    async def test_every_block_is_sent_whole_or_refused_loudly(
        self, line: Line, subtests: pytest.Subtests
    ) -> None:
        row = await line.hears("show me")
        for name, (content, words) in (await samples(line)).items():
            with subtests.test(name):
                await self._sent_or_refused(line, row.conversation_id, content, words)

    async def _sent_or_refused(
        self, line: Line, conversation_id: Any, content: Content, words: Sequence[str]
    ) -> None:
        before = len(await line.far.delivered())
        outcome = await line.sends(conversation_id, *content)
        if outcome.state == "failed":
            assert outcome.error, "it was refused without a reason"
            assert len(await line.far.delivered()) == before, "a part was sent, then it was refused"
            return
        assert outcome.state == "sent", outcome
        await until(
            lambda: _grown(line.far, before), "something to arrive of what is said to be sent"
        )
        for part in words:
            await line.arrives(part, since=before)

    @_if_breaks("permanent")
    async def test_a_permanent_failure_is_final_and_shown(self, line: Line) -> None:
        row = await self._with_failure(line, "permanent")
        outcome = await line.sends(row.conversation_id, Text(text="not this one"))
        assert outcome.state == "failed"
        assert outcome.error
        assert outcome.attempt == 1
        assert not await line.far.delivered()
        assert (await line.sends(row.conversation_id, Text(text="but this"))).state == "sent"

    @_if_breaks("temporary")
    async def test_a_temporary_failure_is_tried_again(self, line: Line) -> None:
        row = await self._with_failure(line, "temporary")
        outcome = await line.sends(row.conversation_id, Text(text="on the second attempt"))
        assert (outcome.state, outcome.attempt) == ("queued", 1)
        assert outcome.error
        found = await line.arrives("on the second attempt")
        assert squeezed(_all(found)).count(squeezed("on the second attempt")) == 1

    @_if_breaks("uncertain")
    async def test_what_may_have_arrived_is_not_sent_again_by_itself(self, line: Line) -> None:
        row = await self._with_failure(line, "uncertain")
        repeatable = line.opened.channel.capabilities.idempotent_send
        outcome = await line.sends(row.conversation_id, Text(text="did it arrive?"))
        assert outcome.state == ("queued" if repeatable else "unconfirmed")
        await line.sends(row.conversation_id, Text(text="the next one"))
        found = _all(await line.arrives("the next one"))
        assert squeezed(found).count(squeezed("did it arrive?")) <= 1

    async def _with_failure(self, line: Line, how: Break) -> Any:
        row = await line.hears("hello")
        line.far.break_next(how)
        return row

    # --- threads ---

    async def test_a_reply_comes_back_to_its_conversation(self, line: Line) -> None:
        threads = line.opened.channel.capabilities.threads
        one = await line.hears("one matter")
        other = await line.hears("another matter")
        assert (one.conversation_id != other.conversation_id) == threads
        assert (await line.sends(one.conversation_id, Text(text="about the one"))).state == "sent"
        (about_one,) = await line.arrives("about the one")
        assert (await line.sends(other.conversation_id, Text(text="of the other"))).state == "sent"
        about_other = (await line.arrives("of the other"))[-1]
        again = await line.hears("and one more thing", reply_to=about_one)
        assert again.conversation_id == one.conversation_id
        last = await line.hears("of that other", reply_to=about_other)
        assert last.conversation_id == other.conversation_id
        if line.far.quotes:
            quoted = {
                (row.text, row.id)
                for row in await line.rows(
                    "SELECT m.id, c.text FROM message m JOIN content c ON c.message_id = m.id"
                    " WHERE m.direction = 'out'"
                )
            }
            assert ("about the one", again.reply_to_id) in quoted
            assert ("of the other", last.reply_to_id) in quoted

    # --- settings ---

    async def test_the_account_can_be_checked(self, line: Line) -> None:
        findings = await line.opened.channel.check()
        assert findings, "check() looked at nothing"
        assert [finding for finding in findings if not finding.ok] == []

    async def test_the_settings_explain_themselves(self, line: Line) -> None:
        fields = line.opened.kind.settings.model_fields
        assert [name for name, entry in fields.items() if not entry.description] == []
        for name in fields:
            if any(part in name for part in ("password", "token", "secret")):
                assert "SecretStr" in str(fields[name].annotation), f"{name} would be shown"
        shown = repr(line.opened.host.account)
        for value in dict(line.opened.host.account.settings).values():
            if isinstance(value, SecretStr) and value.get_secret_value():
                assert value.get_secret_value() not in shown


def _settled(far: FarSide) -> Callable[[], Awaitable[bool]]:
    async def settled() -> bool:
        return await far.unacknowledged() == 0

    return settled


async def _grown(far: FarSide, before: int) -> bool:
    return len(await far.delivered()) > before


def _parser(contract: ChannelContract) -> Callable[[bytes], Sequence[Inbound]]:
    normalise = type(contract).normalise
    assert normalise is not None
    assert contract.recorded, "there is a parser and no recorded original"
    return normalise


def _dumped(value: Inbound) -> dict[str, Any]:
    dumped = value.model_dump(mode="json", exclude={"raw"}, exclude_defaults=True)
    return {**dumped, "type": value.type}


def _mutated(originals: Sequence[bytes]) -> st.SearchStrategy[bytes]:
    """Originals with a piece cut out, doubled or overwritten, and bytes that are nothing at all."""

    @st.composite
    def mutate(draw: st.DrawFn) -> bytes:
        original = draw(st.sampled_from(originals))
        start = draw(st.integers(0, len(original)))
        end = draw(st.integers(start, min(len(original), start + 200)))
        piece = draw(st.sampled_from([b"", original[start:end] * 2, b"\xff\x00"]) | st.binary())
        return original[:start] + piece + original[end:]

    return mutate() | st.binary()
