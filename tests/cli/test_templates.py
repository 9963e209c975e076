"""`payam templates`: faults at their line, and templates out into files and back."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub.cli import run

FAULTY = "Hello\n{{ custmer.name }}\n"


def templates(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    try:
        code = run(["templates", *arguments])
    except SystemExit as ended:
        code = int(ended.code or 0)
    said = capsys.readouterr()
    return code, said.out, said.err


def test_templates_go_out_into_files_and_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "payam.toml").write_text("")
    code, out, err = templates(capsys, "check")
    assert code == 0
    assert "shipped" in out
    assert "live: nothing yet" in out
    assert templates(capsys, "export", "out")[0] == 1, "nothing is live before the first start"
    assert templates(capsys, "apply")[0] == 0
    assert templates(capsys, "export", "out", "nobody")[0] == 1
    assert templates(capsys, "export", "out")[0] == 0
    assert "is there already" in templates(capsys, "export", "out")[2]
    assert templates(capsys, "apply", "out")[1].startswith("Nothing changes")
    assert templates(capsys, "diff", "out")[1] == "No difference.\n"

    file = tmp_path / "out" / "away.en.txt.j2"
    file.write_text(FAULTY, encoding="utf-8")
    (tmp_path / "out" / "Away.j2").write_text("x", encoding="utf-8")
    page = tmp_path / "out" / "away.en.html.j2"
    page.write_text("<p>Away</p>\n<script>x</script>", encoding="utf-8")
    code, out, err = templates(capsys, "check", "out")
    assert code == 1
    assert "out/Away.j2:1: call the file" in err
    assert "out/away.en.txt.j2:2: there is no variable 'custmer.name'; did you mean" in err
    assert "out/away.en.html.j2:2: mail shows no '<script'" in err
    assert "Traceback" not in err
    assert templates(capsys, "apply", "out")[0] == 1, "with a fault, none is applied"

    (tmp_path / "out" / "Away.j2").unlink()
    page.unlink()
    file.write_text("Gone fishing\n", encoding="utf-8")
    assert "+Gone fishing" in templates(capsys, "diff", "out")[1]
    assert templates(capsys, "apply", "out")[1] == "away.en: revision 2 is live.\n"
    assert "-Gone fishing" in templates(capsys, "diff")[1]
    assert templates(capsys, "apply")[1] == "away.en: revision 3 is live.\n"
    assert templates(capsys, "diff")[1] == "No difference.\n"
    binary = tmp_path / "away.fa.txt.j2"
    binary.write_bytes(b"\xff\xfe")
    code, out, err = templates(capsys, "check", str(binary))
    assert code == 1
    assert "is not UTF-8" in err
