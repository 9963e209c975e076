"""Taking a customer's data out: one ZIP file with everything, as data and as pages to read.

    customer.json            all but the conversations
    customer.html            the same to read, with links to the conversations
    conversations/<n>.json   a conversation with its messages, revisions and reactions
    conversations/<n>.html   the same to read
    files/<message>/<name>   what was sent along
    originals/<message>.*    what arrived, byte for byte

It is a job: made beside everything else, stoppable, begun anew if a process dies. The finished file
has no row, so it is collected like any orphan after the time that those are kept.
"""

from __future__ import annotations

import asyncio
import gettext
import json
import logging
import tempfile
import zipfile
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from datetime import datetime
from functools import cache
from pathlib import Path, PurePosixPath
from typing import IO, Any, Final
from uuid import UUID

import jinja2
from pydantic_core import to_jsonable_python
from sqlalchemy import select
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlmodel import Session

import hub
from hub import jobs
from hub.agents.audit import By
from hub.agents.rights import Viewer
from hub.calendars import Clock
from hub.jobs import Progress
from hub.privacy import dossier
from hub.shipped import shipped
from hub.store.blobs import CHUNK, BlobStore
from hub.store.database import Database, TransactionLost
from hub.store.statements import table_of
from hub.store.stirring import Stirred
from hub.store.tables import Agent, Job
from hub.text import RIAL, TOMAN, Money, format_money

log = logging.getLogger(__name__)

JOB: Final = "customers.export"
MEDIA_TYPE: Final = "application/zip"
_LARGEST: Final = 2**40
_LOCALE: Final = Path(hub.__file__).parent / "locale"
_ENDINGS: Final = {"message/rfc822": "eml", "application/json": "json"}


def start(session: Session, by: By, customer_id: UUID) -> UUID:
    """Put an export in line; the job."""
    by.note(session, "exported a customer", f"customer:{customer_id}")
    return jobs.enqueue(
        session, JOB, by.now, agent_id=by.viewer.agent_id, customer=str(customer_id)
    )


def file_of(session: Session, viewer: Viewer, job_id: UUID) -> tuple[str, UUID] | None:
    """The key of a finished export that this viewer asked for, and whose it is."""
    table = table_of(Job)
    row = session.execute(
        select(table.c.cursor, table.c.params).where(
            table.c.id == job_id,
            table.c.kind == JOB,
            table.c.agent_id == viewer.agent_id,
            table.c.state == "done",
        )
    ).first()
    if row is None or not (row.cursor or {}).get("key"):
        return None
    return row.cursor["key"], UUID(row.params["customer"])


def _elsewhere(
    session: Session, params: Mapping[str, Any], cursor: Mapping[str, Any] | None, now: datetime
) -> Progress | None:
    raise AssertionError("an export is advanced by what was packed")


class Stopped(Exception):
    """The export is not wanted any more, or somebody else works on it."""


class Exports:
    """Packs exports until cancelled, one after another."""

    def __init__(self, database: Database, blobs: BlobStore, clock: Clock, *, worker: str) -> None:
        self.database = database
        self.blobs = blobs
        self.clock = clock
        self.worker = worker
        self._stirred = Stirred(database, jobs.TOPIC)

    async def run(self) -> None:
        while True:
            self._stirred.look()
            if not await self._step():
                await self._stirred.wait(jobs.LOOK)

    async def _step(self) -> bool:
        kinds: dict[str, jobs.Chunk] = {JOB: _elsewhere}
        now = self.clock.now()
        job_id = await self.database.write_bulk(jobs.claim, kinds, self.worker, now)
        if job_id is None:
            return False
        try:
            with tempfile.TemporaryFile() as file:
                count = await self._pack(job_id, file)
                key = await self._store(job_id, file)
            await self._tell(job_id, Progress({"key": key}, count, count))
            await self._tell(job_id, None)
        except Stopped:
            pass
        except (OperationalError, InterfaceError, TransactionLost):
            raise
        except Exception as error:
            log.exception("the export %s can not go on", job_id)
            reason = f"{type(error).__name__}: {error}"
            await self.database.write_bulk(jobs.fail, self.worker, job_id, reason, now)
        return True

    async def _tell(self, job_id: UUID, progress: Progress | None) -> None:
        """Store how far it has come, and keep the lease. Raises Stopped."""

        def advance(session: Session, now: datetime) -> bool:
            kinds: dict[str, jobs.Chunk] = {JOB: lambda *_: progress}
            jobs.advance(session, kinds, self.worker, job_id, now)
            if progress is None:
                return True
            return jobs.hold(session, self.worker, job_id, now)

        if not await self.database.write_bulk(advance, self.clock.now()):
            raise Stopped

    async def _pack(self, job_id: UUID, file: IO[bytes]) -> int:
        read, now = self.database.read, self.clock.now()
        viewer, customer_id = await read(_asked, job_id)
        extent = await read(dossier.extent, viewer, customer_id)
        about = await read(dossier.about, viewer, customer_id, now)
        done, shown = 0, []
        pages = _Pages(viewer.locale)
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            for conversation_id in extent.conversations:
                found = await read(dossier.conversation, conversation_id)
                shown.append(found)
                kept: list[dossier.Row] = []
                after = 0
                while some := await read(dossier.messages, conversation_id, after):
                    for message in some:
                        await self._files(archive, message)
                    after = some[-1]["position"]
                    kept += some
                    done += len(some)
                    await self._tell(
                        job_id, Progress({"done": done}, done, max(done, extent.messages))
                    )
                await asyncio.to_thread(_write_conversation, archive, pages, found, kept)
            await asyncio.to_thread(_write_about, archive, pages, about, shown)
        return done

    async def _files(self, archive: zipfile.ZipFile, message: dossier.Row) -> None:
        """Put what was sent along, and the original, into the archive; names where they are."""
        for number, one in enumerate(message["files"]):
            name = PurePosixPath(one["name"].replace("\\", "/")).name or "file"
            one["path"] = f"files/{message['id']}/{number + 1}-{name}"
            with suppress(FileNotFoundError):
                body = await self.blobs.get(one.pop("blob_key"))
                await asyncio.to_thread(archive.writestr, one["path"], body)
        if (original := message.get("original")) is None:
            return
        body, key = original.pop("body"), original.pop("blob_key")
        with suppress(FileNotFoundError):
            if body is None and key is not None:
                body = await self.blobs.get(key)
        if body is not None:
            ending = _ENDINGS.get(original["media_type"], "bin")
            original["path"] = f"originals/{message['id']}.{ending}"
            await asyncio.to_thread(archive.writestr, original["path"], bytes(body))

    async def _store(self, job_id: UUID, file: IO[bytes]) -> str:
        file.seek(0)

        async def chunks() -> AsyncIterator[bytes]:
            while piece := await asyncio.to_thread(file.read, CHUNK):
                yield piece

        stored = await self.blobs.put(
            chunks(), name=f"{job_id}.zip", media_type=MEDIA_TYPE, limit=_LARGEST
        )
        return stored.key


def _asked(session: Session, job_id: UUID) -> tuple[Viewer, UUID]:
    """Who wants whose data."""
    job, agent = table_of(Job), table_of(Agent)
    row = session.execute(
        select(job.c.params, agent)
        .join(agent, agent.c.id == job.c.agent_id)
        .where(job.c.id == job_id, agent.c.active)
    ).one()
    viewer = Viewer(row.id, row.name, row.mail, row.role, row.locale)
    return viewer, UUID(row.params["customer"])


class _Pages:
    """Renders what people read."""

    def __init__(self, locale: str) -> None:
        self.locale = "fa" if locale.startswith("fa") else "en"
        self.environment = _environment(self.locale)

    def render(self, name: str, **values: Any) -> str:
        return self.environment.get_template(name).render(locale=self.locale, **values)

    def say(self, words: str) -> str:
        return _words(self.locale).gettext(words)


@cache
def _words(locale: str) -> gettext.NullTranslations:
    return gettext.translation("payam", _LOCALE, languages=[locale], fallback=True)


@cache
def _environment(locale: str) -> jinja2.Environment:
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(shipped("templates") / "export"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        extensions=["jinja2.ext.i18n"],
    )
    made.install_gettext_translations(  # type: ignore[attr-defined]
        _words(locale), newstyle=True
    )
    made.globals["when"] = lambda at: at.isoformat(sep=" ", timespec="minutes")
    made.globals["money"] = lambda amount, currency: format_money(
        Money(amount, currency), locale, TOMAN if currency == RIAL else None
    )
    return made


def _write_about(
    archive: zipfile.ZipFile,
    pages: _Pages,
    about: dossier.Row,
    conversations: list[dossier.Row],
) -> None:
    customer, say = about["customer"], pages.say
    facts = [
        (label, value)
        for label, value in (
            (say("Stage"), customer["stage"]),
            (say("Language"), customer["locale"]),
            (say("Time zone"), customer["time_zone"]),
            (say("Tags"), ", ".join(about["tags"])),
            *(customer["attributes"] or {}).items(),
        )
        if value
    ]
    archive.writestr("customer.json", _json({**about, "conversations": conversations}))
    title = customer["name"] or say("Customer")
    html = pages.render(
        "customer.html", title=title, about=about, facts=facts, conversations=conversations
    )
    archive.writestr("customer.html", html)


def _write_conversation(
    archive: zipfile.ZipFile,
    pages: _Pages,
    found: dossier.Row,
    messages: list[dossier.Row],
) -> None:
    name = f"conversations/{found['number']}"
    archive.writestr(f"{name}.json", _json({**found, "messages": messages}))
    archive.writestr(
        f"{name}.html",
        pages.render("conversation.html", title=_title(pages, found), messages=messages),
    )


def _title(pages: _Pages, found: dossier.Row) -> str:
    subject = found["subject"] or ""
    return f"{pages.say('Conversation %s') % found['number']} {subject}".strip()


def _json(value: Any) -> str:
    return json.dumps(to_jsonable_python(value), ensure_ascii=False, indent=1)
