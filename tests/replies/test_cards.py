"""Whose templates are, what goes along with them, and what is kept aside; on both databases."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlmodel import Session

from hub.agents.audit import By
from hub.agents.directory import add_agent
from hub.agents.rights import NotAllowed, Role, Viewer
from hub.message import Blob, Media
from hub.replies import Key, attached, cards, drafts, editing, seed_templates
from hub.replies.attached import MOST, NoSuchFile, TooManyFiles
from hub.replies.cards import NameTaken, NoSuchTemplate, StillUsed
from hub.replies.drafts import Overtaken
from hub.replies.offering import offered, sendable
from hub.store.database import Database
from hub.store.statements import table_of
from hub.store.tables import Blob as BlobTable

NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)
KEY = Key("away", "en")

pytestmark = pytest.mark.both


def viewer(session: Session, name: str, role: Role) -> Viewer:
    mail = f"{name.lower()}@example.com"
    made = add_agent(
        session, name=name, mail=mail, password_hash="x", role=role, now=NOW, locale="en",
        calendar="gregorian", time_zone="UTC",
    )  # fmt: skip
    return Viewer(made, name, mail, role)


def file(name: str) -> Media:
    blob = Blob(key=f"ab/{name}", digest=name, size=1, media_type="text/plain", name=name)
    return Media(form="document", blob=blob)


async def test_who_a_template_is_for_decides_who_sees_is_offered_and_changes_it(
    database: Database,
) -> None:
    def everything(session: Session) -> None:
        lead, sara = viewer(session, "Lena", "lead"), viewer(session, "Sara", "agent")
        seed_templates(session, {KEY: "Away\n", Key("thanks", "en"): "Welcome\n"}, NOW)
        with pytest.raises(NotAllowed):
            cards.changeable(session, sara, "away")
        with pytest.raises(NotAllowed):
            cards.begin(session, sara, "mine", own=False, now=NOW)
        cards.begin(session, sara, "mine", own=True, now=NOW)
        for taken in ("mine", "away"):
            with pytest.raises(NameTaken):
                cards.begin(session, lead, taken, own=False, now=NOW)
        editing.save(session, Key("mine", "en"), "x\n", base=0, agent_id=sara.agent_id, now=NOW)
        with pytest.raises(NoSuchTemplate):
            cards.cards(session, lead)["mine"]
        assert {key.name for key in offered(session, lead)} == {"away", "thanks"}
        assert {key.name for key in offered(session, sara)} == {"away", "thanks", "mine"}
        assert sendable(session) == {"away", "thanks"}

        with pytest.raises(StillUsed, match="rule-1"):
            cards.archive(session, By(lead, NOW), "away", used=["rule-1"])
        cards.archive(session, By(lead, NOW), "thanks", used=())
        assert {key.name for key in offered(session, lead)} == {"away"}
        assert sendable(session) == {"away"}
        cards.unarchive(session, By(lead, NOW), "thanks")
        said = cards.describe(
            session,
            By(lead, NOW),
            "away",
            purpose="  For\nnobody ",
            tags=["#a", "a", " "],
            own=False,
            team_id=None,
        )
        assert (said.purpose, said.tags) == ("For nobody", ("a",))
        assert cards.cards(session, sara)["away"].tags == ("a",)
        with pytest.raises(StillUsed):
            cards.describe(
                session,
                By(lead, NOW),
                "away",
                purpose="",
                tags=(),
                own=True,
                team_id=None,
                used=["rule-1"],
            )

    await database.write(everything)


async def test_a_copy_has_the_texts_and_files_and_a_removed_text_is_not_there(
    database: Database,
) -> None:
    def everything(session: Session) -> None:
        lead = viewer(session, "Lena", "lead")
        page = KEY._replace(form="html")
        seed_templates(session, {KEY: "Away\n", page: "<p>Away</p>\n"}, NOW)
        attached.attach(session, "away", None, file("a"), agent_id=None, now=NOW)
        editing.duplicate(session, By(lead, NOW), "away", "gone")
        texts = {one.key: one.source for one in editing.variants(session, {KEY, page})}
        assert texts[KEY._replace(name="gone")] == "Away\n"
        assert texts[page._replace(name="gone")] == "<p>Away</p>\n"
        assert [one.media for one in attached.files_of(session, "gone")] == [file("a")]
        with pytest.raises(StillUsed):
            editing.remove(session, KEY, base=1, used=["rule-1"], agent_id=None, now=NOW)
        editing.remove(session, KEY, base=1, agent_id=None, now=NOW)
        with pytest.raises(LookupError):
            editing.remove(session, KEY, base=2, agent_id=None, now=NOW)
        assert KEY not in {one.key for one in editing.variants(session, ())}
        seed_templates(session, {KEY: "A new version\n"}, NOW)
        assert KEY not in {one.key for one in editing.variants(session, ())}, "it stays removed"

    await database.write(everything)


async def test_a_draft_is_not_overwritten_unseen(database: Database) -> None:
    def everything(session: Session) -> None:
        lead = viewer(session, "Lena", "lead").agent_id

        def keep(source: str, version: int) -> int:
            return drafts.keep(
                session, KEY, source, base=1, version=version, agent_id=lead, now=NOW
            )

        assert keep("one", 0) == 1
        assert keep("two", 1) == 2
        for stale in (0, 1, 7):
            with pytest.raises(Overtaken) as caught:
                keep("other", stale)
            assert caught.value.draft is not None
            assert (caught.value.draft.source, caught.value.draft.by) == ("two", "Lena")
        assert drafts.drafted(session) == {KEY}
        assert drafts.discard(session, KEY)
        assert not drafts.discard(session, KEY)

    await database.write(everything)


async def test_files_are_few_and_given_up_when_nothing_shows_them(database: Database) -> None:
    def everything(session: Session) -> None:
        def attach(name: str, locale: str | None = None) -> None:
            attached.attach(session, "away", locale, file(name), agent_id=None, now=NOW)

        for name in range(MOST):
            attach(str(name))
        for locale in (None, "en"):
            with pytest.raises(TooManyFiles):
                attach("more", locale)
        first, second, *_ = attached.files_of(session, "away")
        attached.detach(session, "away", first.id, agent_id=None, now=NOW)
        with pytest.raises(NoSuchFile):
            attached.detach(session, "away", first.id, agent_id=None, now=NOW)
        with pytest.raises(NoSuchFile):
            attached.bring_back(session, "other", first.id, agent_id=None, now=NOW)
        attached.bring_back(session, "away", first.id, agent_id=None, now=NOW)
        attached.detach(session, "away", first.id, agent_id=None, now=NOW)
        attached.detach(session, "away", second.id, agent_id=None, now=NOW)
        kept = session.execute(table_of(BlobTable).select()).scalars().all()
        assert first.media.blob is not None
        assert first.media.blob.key not in kept
        assert len(kept) == MOST - 1, "the last one that was removed can come back"

    await database.write(everything)
