"""The hub itself: its disk, its backups, and what becomes of files when there is no room."""

from __future__ import annotations

import logging
import shutil
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import async_playwright, expect

from hub.backups.history import past
from hub.channel import Overloaded
from tests.desk import until
from tests.harness import rows
from tests.looks import Look
from tests.web.desk import PASSWORD, desk, served

MORE_THAN_ANY_DISK = "999999GB"


async def test_a_backup_is_asked_for_and_told(tmp_path: Path) -> None:
    place = tmp_path / "elsewhere"
    async with desk(tmp_path, more=f'backups.to = "{place}"') as opened:
        admin = await opened.signed_in("Nila", "admin")
        page = await admin.get("/system")
        assert str(place) in page.text
        assert "03:30" in page.text
        answer = await admin.post("/system/backup", {}, partial=False)
        assert "A backup is being made." in answer.text

        async def made() -> bool:
            (one,) = await opened.hub.database.read(past, 5)
            return one.state == "done"

        await until(made, "the backup to be made")
        (file,) = place.glob("*.zip")
        page = await admin.get("/system")
        assert file.name in page.text
        assert "Nila" in page.text
        assert "asked for a backup" in (await admin.get("/audit")).text
        assert (await admin.get("/healthz")).json()["backups"] == "ok"
        # A disk that is not there any more: the rail of admins says so on every page.
        file.unlink()
        place.rmdir()
        place.write_text("no directory")
        await admin.post("/system/backup", {}, partial=False)

        async def failed() -> bool:
            return (await opened.hub.database.read(past, 1))[0].state == "failed"

        await until(failed, "the second to fail")
        answer = (await admin.get("/healthz")).json()
        assert (answer["status"], answer["backups"]) == ("degraded", "failing")
        assert 'title="No backup"' in (await admin.get("/inbox")).text
        lead = await opened.signed_in("Lale", "lead")
        assert "No backup" not in (await lead.get("/inbox")).text
        metrics = (await admin.get("/metrics")).text
        assert "payam_backup_well 0.0" in metrics
        free = shutil.disk_usage(tmp_path).free
        [line] = [one for one in metrics.splitlines() if one.startswith("payam_disk_free_bytes ")]
        assert float(line.split()[1]) == pytest.approx(free, rel=0.05)


async def test_where_no_place_is_set_none_is_made(tmp_path: Path) -> None:
    async with desk(tmp_path) as opened:
        admin = await opened.signed_in("Nila", "admin")
        assert "backups.to" in (await admin.get("/system")).text
        assert (await admin.post("/system/backup", {}, partial=False)).status_code == 409
        assert not await rows(opened.hub, "SELECT 1 FROM job WHERE kind = 'backups.make'")


@pytest.mark.parametrize("level", ["low", "full"])
async def test_a_disk_that_fills_up_is_told_and_messages_are_still_taken(
    tmp_path: Path, level: str, caplog: pytest.LogCaptureFixture
) -> None:
    refuse = MORE_THAN_ANY_DISK if level == "full" else "0B"
    more = f'data.warn_below = "{MORE_THAN_ANY_DISK}"\ndata.refuse_below = "{refuse}"'
    with caplog.at_level(logging.WARNING, "hub.watch"):
        async with desk(tmp_path, more=more) as opened:
            await until(lambda: opened.hub.watch.worries, "somebody to look")
            admin = await opened.signed_in("Nila", "admin")
            assert (await admin.get("/healthz")).json()["disk"] == level
            assert (
                'title="Little disk space"' if level == "low" else 'title="The disk is full"'
            ) in (await admin.get("/inbox")).text
            host = opened.hub.accounts["people"].host
            if level == "full":
                with pytest.raises(Overloaded):
                    await host.put_blob(b"...", name="a.txt", media_type="text/plain")
            else:
                blob = await host.put_blob(b"...", name="a.txt", media_type="text/plain")
                assert await host.get_blob(blob) == b"..."
            await opened.writes("words need little room")
            [[conversation]] = await rows(opened.hub, "SELECT id FROM conversation")
            conversation = UUID(conversation)
            page = await admin.get(f"/conversations/{conversation}")
            assert "words need little room" in page.text
            sent = await admin.post(
                f"/conversations/{conversation}/reply",
                {"body": "with a file", "form_key": str(uuid4())},
                files={"attachments": ("a.txt", b"hello", "text/plain")},
                partial=False,
            )
            refused = "The hub&#39;s disk is full" in sent.text
            assert refused == (level == "full")
    (told,) = [one for one in caplog.records if one.name == "hub.watch"]
    assert "MB left" in told.getMessage()


@pytest.mark.browser
async def test_the_page_is_read_and_a_backup_is_seen_to_be_made(tmp_path: Path, look: Look) -> None:
    more = f'backups.to = "{tmp_path / "elsewhere"}"\ndata.warn_below = "{MORE_THAN_ANY_DISK}"'
    async with (
        desk(tmp_path, more=more) as opened,
        served(opened) as url,
        async_playwright() as playwright,
    ):
        chromium = await playwright.chromium.launch(
            executable_path="/usr/bin/chromium",
            args=["--no-sandbox", "--disable-background-networking"],
        )
        await opened.agent("Nila", "owner", **look.agent)
        page = await (await chromium.new_context(**look.context)).new_page()
        await page.goto(f"{url}/sign-in?next=/system")
        await page.fill("#address", "nila@example.com")
        await page.fill("#password", PASSWORD)
        await page.press("#password", "Enter")
        await page.get_by_role("button", name=look.says("Back up now")).click()
        await expect(page.locator(".toast")).to_contain_text(look.says("A backup is being made."))
        # The list comes anew by itself until it is there.
        await expect(page.locator(".backups li")).to_contain_text(".zip", timeout=60_000)
        await expect(page.locator("#backups-made button")).to_be_enabled()
        await expect(page.locator(".strip-warn:visible")).to_have_count(1)
        found = (await Axe().run(page)).response["violations"]
        assert not [(one["id"], one["nodes"][0]["target"]) for one in found]
        assert await page.evaluate("document.documentElement.scrollWidth") <= look.width
        await chromium.close()
