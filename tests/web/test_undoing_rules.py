"""What a rule did to a conversation is shown in it, and an agent can put it back."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlmodel import Session

from hub.store.tables import RuleRevision
from hub.store.versions import policy_changed
from tests.desk import until
from tests.web.desk import Desk, desk

RULES = """
- id: tidy
  when: message.received
  then: [{tag: [offer]}, {priority: high}, {spam: true}]
- {id: last, when: message.received, default: true, then: [{assign: {team: front-desk}}]}
"""


@pytest.fixture
async def opened(folder: Path, database_url: str) -> AsyncIterator[Desk]:
    async with desk(folder, database_url=database_url) as running:
        revision = running.hub.policy.revision_id

        def save(session: Session) -> None:
            session.add(RuleRevision(source=RULES, digest="x", at=running.clock.now()))
            policy_changed(session)

        await running.hub.database.write(save)
        await until(lambda: running.hub.policy.revision_id != revision, "the rules to change")
        yield running


@pytest.mark.both
async def test_what_a_rule_did_is_put_back_unless_it_has_changed_since(opened: Desk) -> None:
    sara = await opened.signed_in("Sara")
    await opened.writes("Is the blue one available?")
    conversation = await opened.conversation()
    page = (await sara.get(f"/conversations/{conversation}")).text
    assert "Rule <b>‘<bdi>tidy</bdi>’</b> moved it to spam" in page
    assert "set the priority to <b>High</b>" in page
    undo = re.findall(r'action="([^"]*/undo-rule/\d+)"', page)
    assert len(undo) == 3, "the first hand-over has nothing to go back to"
    for path in undo:
        assert (await sara.post(path)).status_code in (200, 303)
    row = await opened.row("SELECT status, priority, waiting_since FROM conversation")
    assert (row.status, row.priority) == ("open", 0)
    assert row.waiting_since is not None
    assert (await opened.row("SELECT count(*) AS n FROM conversation_tag")).n == 0
    # Put back already: there is nothing more to undo, and it is said.
    again = await sara.post(undo[-1])
    assert "Not undone" in again.text
    stranger = await sara.post(f"/conversations/{conversation}/undo-rule/1")
    assert stranger.status_code == 404
