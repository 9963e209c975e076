"""`payam rules`: faults at their line, and the rules of files become those that decide."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from hub.cli import run
from tests.cli.payam import payam
from tests.desk import Desk
from tests.harness import running_hub

GOOD = """\
# Orders first.
- id: orders
  when: message.received
  if: {text: {mentions: [order]}}
  then: [{tag: orders}]
  examples:
    - {given: {text: my order}, expect: {tag: orders}}
"""


@dataclass(frozen=True)
class Said:
    code: int
    out: str
    err: str


class Folder:
    """A folder in which the command is called, in this process: a new one each time takes long."""

    def __init__(self, path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.path = path
        self._capsys = capsys

    def write(self, name: str, text: str) -> None:
        (self.path / name).write_text(text, encoding="utf-8")

    def rules(self, *arguments: str) -> Said:
        try:
            code = run(["rules", *arguments])
        except SystemExit as ended:
            code = int(ended.code or 0)
        said = self._capsys.readouterr()
        return Said(code, said.out, said.err)


@pytest.fixture
def folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Folder:
    monkeypatch.chdir(tmp_path)
    made = Folder(tmp_path, capsys)
    made.write("payam.toml", "")
    made.write("good.yaml", GOOD)
    return made


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (GOOD.replace("text:", "txt:", 1), "4: there is no condition 'txt'; did you mean 'text'?"),
        (
            GOOD.replace("expect: {tag: orders}", "expect: {tag: x}"),
            "7: the example expects tag: x",
        ),
        (GOOD + GOOD, "9: a rule is called 'orders' already, in bad.yaml:2"),
        ("- id: [", "2: this is not YAML: while parsing a flow node"),
        ("a: 1", "1: a file of rules is a list: begin each with '- id:'"),
    ],
)
def test_a_fault_is_told_by_file_and_line(folder: Folder, text: str, fault: str) -> None:
    folder.write("bad.yaml", text)
    said = folder.rules("check", "bad.yaml")
    assert (said.code, said.out) == (1, "")
    assert said.err.startswith(f"bad.yaml:{fault}")


def test_segments_are_checked_beside_rules(folder: Folder) -> None:
    (folder.path / "config").mkdir()
    folder.write("config/segments.yaml", "- id: vip\n  if: {customer_tag: vip}\n")
    said = folder.rules("check", "good.yaml", "config/segments.yaml")
    assert said.code == 1
    assert said.err.startswith("config/segments.yaml:2: there is no condition 'customer_tag'")
    folder.write("config/segments.yaml", "- id: vip\n  if: {customer_tags: vip}\n")
    said = folder.rules("check", "good.yaml", "config/segments.yaml")
    assert said == Said(0, "segments: 1\n1 rules, and 1 examples hold\n", "")


@pytest.mark.parametrize("command", ["apply", "try"])
def test_rules_with_a_fault_are_neither_applied_nor_tried(folder: Folder, command: str) -> None:
    folder.write("bad.yaml", GOOD.replace("order]", "order, ]]", 1))
    said = folder.rules(command, "good.yaml", "bad.yaml")
    assert (said.code, said.out) == (1, "")
    assert said.err.startswith("bad.yaml:")
    assert not (folder.path / "payam-data").exists()


def test_rules_of_a_directory_are_applied_exported_and_compared(folder: Folder) -> None:
    (folder.path / "mine").mkdir()
    folder.write("mine/10.yaml", GOOD)
    folder.write("mine/20.yaml", GOOD.replace("orders", "more"))
    assert folder.rules("check", "mine") == Said(0, "2 rules, and 2 examples hold\n", "")
    assert folder.rules("apply", "mine") == Said(0, "Revision 1 is live.\n", "")
    assert "says the same" in folder.rules("apply", "mine").out
    exported = folder.rules("export").out
    assert exported.count("# Orders first.") == 2
    assert folder.rules("export", "out.yaml").out == "Written to out.yaml.\n"
    assert (folder.path / "out.yaml").read_text(encoding="utf-8") == exported
    again = folder.rules("export", "out.yaml")
    assert (again.code, again.err) == (
        1,
        "payam: out.yaml is there already; name a new file, or remove it\n",
    )
    assert folder.rules("diff", "mine").out == "No difference.\n"
    found = folder.rules("diff", "good.yaml").out
    assert "-- id: more" in found
    assert "removed: more" in found
    assert folder.rules("export", "--revision", "9").err == (
        "payam: there is no revision 9 of the rules\n"
    )


def test_names_that_do_not_exist_here_are_told(folder: Folder) -> None:
    assert folder.rules("apply", "good.yaml").code == 0
    folder.write("bad.yaml", GOOD.replace("{tag: orders}]", "{assign: {team: nobody}}]", 1))
    said = folder.rules("check", "bad.yaml")
    assert said.code == 1
    assert "bad.yaml:5: there is no team 'nobody'" in said.err


def test_without_files_the_shipped_rules_and_the_live_ones_are_looked_at(folder: Folder) -> None:
    before = folder.rules("check")
    assert (before.code, before.err) == (0, "")
    assert before.out.splitlines()[-1] == "live: nothing yet"
    assert folder.rules("apply", "good.yaml").code == 0
    *_, live = folder.rules("check").out.splitlines()
    assert live == "live: 1 rules, and 1 examples hold"


@pytest.mark.parametrize("command", ["export", "diff", "try"])
def test_what_needs_live_rules_says_so(folder: Folder, command: str) -> None:
    said = folder.rules(command)
    assert (said.code, said.out) == (1, "")
    assert said.err.startswith("payam: ")


async def test_a_draft_is_tried_on_what_happened(tmp_path: Path) -> None:
    (tmp_path / "draft.yaml").write_text(GOOD, encoding="utf-8")
    async with running_hub(tmp_path) as hub:
        desk = await Desk.at(hub)
        await desk.rules(GOOD.replace("[order]", "[bill]").partition("  examples")[0])
        for text in ("my order", "another order", "hello"):
            await desk.hears(text)
    found = payam(tmp_path, "rules", "try", "draft.yaml", "--most", "1").stdout
    assert "message.received  another order\n  + tag: tags orders\n… and 1 more\n" in found
    assert "3 events of the last 30 days, 2 would be answered otherwise.\n" in found
    assert "+ tag: tags orders  (2 times)" in found
