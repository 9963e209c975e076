"""A backup of one database restored on the other, and what waited to be sent."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from hub.agents.audit import By
from hub.channel import DeliveryError
from hub.store.restore import HELD
from hub.store.tables import Consumer
from hub.subscriptions import endpoints
from hub.subscriptions.wanted import Wanted
from tests.cli.payam import payam
from tests.desk import Desk, until
from tests.harness import people, rows, running_hub
from tests.postgres import Cluster

EMPTY = "template1"
"""A database that was never migrated."""


APART = {"tables/account_state.jsonl", "tables/counter.jsonl"}
"""How the accounts fare is told anew, and PostgreSQL counts by sequences."""


def tables(file: Path) -> dict[str, bytes]:
    """The rows of a backup, by table."""
    with zipfile.ZipFile(file) as archive:
        return {
            name: archive.read(name)
            for name in archive.namelist()
            if name.startswith("tables/") and name not in APART
        }


def table_rows(file: Path, name: str) -> list[dict[str, object]]:
    """The rows of one table of a backup."""
    columns, *values = tables(file)[f"tables/{name}.jsonl"].decode().splitlines()
    return [dict(zip(json.loads(columns), json.loads(row), strict=True)) for row in values]


async def fill(folder: Path, url: str) -> None:
    """A hub to which some people have written, and that was stopped in order."""
    async with running_hub(folder, database_url=url) as hub:
        for name in ("mina", "omid"):
            person = people(hub).person(name, name.title(), locale="fa")
            await person.says("سلام، فاکتور من کجاست؟ \x00 👨‍👩‍👧")
            await people(hub).wait_for(name, 1)
            message_id = await person.says("و یک چیز دیگر")
        # Automation reads the log when something concerns it, and remembers how far.
        desk = await Desk.at(hub)
        conversation = await desk.conversation(message_id)
        await desk.resolves(conversation.id)
        await until(lambda: desk.all(Consumer), "automation to have read the log")


def move(source: Path, target: Path, source_url: str, target_url: str) -> None:
    """Back up here, restore there."""
    target.mkdir()
    made = payam(source, "backup", "all.zip", "--with-key")
    assert made.returncode == 0, made.stderr
    if target_url:
        # A database that is migrated already is as good as one that is not.
        assert payam(target, "db", "upgrade", PAYAM_DATABASE__URL=target_url).returncode == 0
    place = {"PAYAM_DATABASE__URL": target_url, "PAYAM_DATA__DIRECTORY": "data"}
    done = payam(target, "restore", str(source / "all.zip"), "--send-waiting", **place)
    assert done.returncode == 0, done.stderr
    again = payam(target, "restore", str(source / "all.zip"), **place)
    assert again.returncode == 1
    assert "a restore does not overwrite" in again.stderr
    second = payam(target, "backup", "second.zip", **place)
    assert second.returncode == 0, second.stderr


@pytest.mark.parametrize(
    ("from_", "to"),
    [
        ("sqlite", "postgresql"),
        pytest.param("postgresql", "sqlite", marks=pytest.mark.long),
        pytest.param("postgresql", "postgresql", marks=pytest.mark.long),
    ],
)
async def test_everything_arrives_on_the_other_database(
    tmp_path: Path, cluster: Cluster, from_: str, to: str
) -> None:
    with cluster.database() as one, cluster.database(EMPTY) as other:
        source_url = one if from_ == "postgresql" else ""
        target_url = other if to == "postgresql" else ""
        source, target = tmp_path / "source", tmp_path / "target"
        source.mkdir()
        await fill(source, source_url)
        move(source, target, source_url, target_url)
        assert tables(target / "second.zip") == tables(source / "all.zip")
        # Another server's transactions have other numbers: what counts is the order.
        events = table_rows(source / "all.zip", "event")
        consumers = table_rows(source / "all.zip", "consumer")
        assert {event["xid"] for event in events} == {0}
        assert {consumer["xid"] for consumer in consumers} == {0}
        assert [event["position"] for event in events] == list(range(1, len(events) + 1))
        assert {consumer["position"] for consumer in consumers} <= {*range(len(events) + 1)}
        async with running_hub(target, database_url=target_url) as hub:
            found = await rows(hub, "SELECT count(*) FROM message")
            mina = people(hub).person("mina")
            await mina.says("again")
            assert (await rows(hub, "SELECT count(*) FROM message"))[0][0] == found[0][0] + 1
            sara = people(hub).person("sara")
            await sara.says("a new one")
            numbers = await rows(hub, "SELECT number FROM conversation ORDER BY number")
            assert [row[0] for row in numbers] == [1, 2, 3]
            # Events go on after those that were restored, so that nobody reads one twice.
            after = await rows(hub, "SELECT position FROM event ORDER BY position")
            positions = [row[0] for row in after]
            assert positions[: len(events)] == [event["position"] for event in events]
            assert len(set(positions)) == len(positions) > len(events)
            await people(hub).wait_for("sara", 1)


@pytest.mark.parametrize("send_waiting", [True, False])
async def test_what_waited_is_not_sent_by_itself(tmp_path: Path, send_waiting: bool) -> None:
    async with running_hub(tmp_path) as hub:
        later = DeliveryError("not now", permanent=False, retry_after=3600.0)
        people(hub).fail(later)
        await people(hub).person("mina").says("hello")
        while not await rows(hub, "SELECT 1 FROM outgoing WHERE attempt = 1 AND state = 'queued'"):
            pass
        desk = await Desk.at(hub)
        by, wanted = By(desk.agent, hub.clock.now()), Wanted("CRM", "https://crm.example.org/hook")
        await hub.database.write(endpoints.create, hub.keys, by, wanted)
        made = payam(tmp_path, "backup", "all.zip", "--with-key")
        assert made.returncode == 0, made.stderr
    place = tmp_path / "second"
    place.mkdir()
    options = ["--send-waiting"] if send_waiting else []
    done = payam(place, "restore", "../all.zip", *options, PAYAM_DATA__DIRECTORY="data")
    assert done.returncode == 0, done.stderr
    async with running_hub(place) as hub:
        outgoing = {tuple(row) for row in await rows(hub, "SELECT state, error FROM outgoing")}
        (count,) = await rows(hub, "SELECT count(*) FROM outgoing")
        (conversation,) = await rows(hub, "SELECT undelivered FROM conversation")
        (webhook,) = await rows(hub, "SELECT state, reason FROM webhook_endpoint")
        assert tuple(webhook) == (("on", None) if send_waiting else ("ended", "restored"))
        if send_waiting:
            assert {state for state, _ in outgoing} == {"queued"}
            assert conversation[0] == 0
        else:
            assert outgoing == {("unconfirmed", HELD)}
            assert conversation[0] == count[0]
