"""Text of every kind, through every step: nothing breaks on it, nothing of it is taken for something else.

That the terminal cannot be driven by it is in ``tests/cli/test_terminal.py``, that the report cannot be is in
``tests/report``. No command writes CSV, or another format whose readers run formulas.
"""

from __future__ import annotations

import json
import re

import pytest

from magpie_core.backend import Completion
from magpie_core.builtin.fake import FakeBackend
from magpie_core.run.folder import RunFolder

TEXTS = [
    "\x1b]0;owned\x07\x1b[2J\x1b[31mred\x9b31m \x1b]8;;http://evil.example\x07click\x1b]8;;\x07?",
    "A NUL \x00 inside, a bell \x07, a backspace ab\b\b, a carriage\rreturn: what are they?",
    "right to left \u202e gnorts \u202c and isolates \u2066x\u2069: why?",
    "a lone surrogate \ud800 and a low one \udfff, a pair \ud83d\ude00: what is this?",
    "=HYPERLINK(\"http://evil.example\";\"click\") +1+1 @SUM(A1) -2+3: what do cells do?",
    "<script>alert(1)</script> <img src=x onerror=alert(1)> [bold red]no[/] {{ 7*7 }}: shown?",
    "../../../../etc/passwd \\\\server\\share CON NUL: a path?",
    "'; DROP TABLE records; -- \" ` $(rm -rf) %s %d {0} \\n: quoted?",
    "Zalgo t̴̢̛e̷͎͝x̸̱͐t, zero width \u200b\u200d\ufeff, tags \U000e0041, private \ue000: seen?",
    "line\u2028separator\u2029paragraph\x85next\x0bvertical\x0cform: how many lines?",
    "😀👨‍👩‍👧‍👦 مرحبا שלום 你好 हिन्दी ไทย: languages?",
    "x" * 3000 + ": long?",
]  # fmt: skip
DRIVES = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def finished(self, text, sampling):
    """As an engine that hands on whatever its model wrote."""
    return Completion(token_ids=(5,), text=text, finish_reason="stop", stop_reason=1)


@pytest.fixture
def run(magpie, fake, tmp_path, monkeypatch):
    """A run whose instructions and responses are these texts, as far as they are kept."""
    run, recipe = tmp_path / "run", tmp_path / "recipe.toml"
    off = "\n".join(
        f"[filters.{name}]\nenabled = false" for name in ("junk", "length", "repetition")
    )
    recipe.write_text(off)
    monkeypatch.setattr(FakeBackend, "_text", lambda self, draw, penalty: draw.choice(TEXTS))
    monkeypatch.setattr(FakeBackend, "_finish", finished)
    said = magpie(
        *("run", recipe, *fake, "-n", "60", "--max-attempts", "60", "-o", run),
    )
    assert said.code == 8, said.err  # each text is an instruction once, so attempts run out
    assert "Traceback" not in said.err
    return run


def safe(said) -> None:
    assert "Traceback" not in said.err
    found = DRIVES.search(said.out + said.err)
    assert found is None, f"{found[0]!r} reached the terminal"


def test_every_text_is_settled_and_read_back(run):
    with RunFolder.open(run, write=False) as folder:
        records, rejections = list(folder.records()), list(folder.rejections())
        settled = folder.settled()
    assert len(settled.accepted) + len(settled.rejected) + len(settled.failed) == 60
    assert settled.damaged == 0
    assert len(records) >= 6
    said = {one.instruction for one in records} | {one.text for one in rejections}
    assert any("\x1b" in one for one in said)
    assert any("\u202e" in one for one in said)


def test_no_command_lets_it_drive_the_terminal(magpie, run, tmp_path):
    for words in (
        ["show", run, "-n", "60", "--full"],
        ["show", run, "-n", "60", "--rejected"],
        ["status", run],
        ["select", run, "--where", "length(response) > 3", "--as", "some"],
        ["select", run, "--where", "instruction = '\x1b[31mred'", "--as", "none"],
        ["select", run, "--where", "\x1b[31m", "--as", "none"],
        ["select", run, "--where", "nobody = 1", "--as", "\x1b[31m"],
        ["show", run, "--selection", "\x1b]0;x\x07"],
        ["show", f"{run}-\x1b[31m-\u202e"],
        ["export", run, "--to", "\x1b[31m", "--out", tmp_path / "x"],
        ["tag", run, "\x1b[31m"],
        ["import", f"{run}/\x1b[31m.jsonl", "-o", tmp_path / "x"],
        ["run", "--family", "\x1b[31m"],
        ["run", "--checkpoint", "./\x1b[31m\u202e"],
        ["run", "--system", "\x1b[31m", "--temperature", "-1"],
    ):
        safe(magpie(*words))


@pytest.mark.parametrize("to", ["jsonl", "messages", "sharegpt", "parquet"])
def test_exports_and_imports_keep_it(magpie, run, tmp_path, to):
    out = tmp_path / f"out.{'parquet' if to == 'parquet' else 'jsonl'}"
    safe(magpie("export", run, "--to", to, "--out", out))
    again = tmp_path / "again"
    said = magpie("import", out, "-o", again)
    assert said.code == 0, said.err
    safe(said)

    def pairs(path):
        with RunFolder.open(path, write=False) as folder:
            return sorted((one.instruction, one.response) for one in folder.records())

    assert pairs(again) == pairs(run)


@pytest.mark.parametrize("name", ["../out", "/etc/x", "a/b", ".", "..", "", "\x00", "\x1b[31m", "a" * 300, "CON:", "-x"])  # fmt: skip
def test_names_that_are_paths_are_refused(magpie, run, tmp_path, name):
    before = {path for path in tmp_path.rglob("*") if run not in path.parents}
    for words in (
        ["select", run, "--where", "length(response) > 3", f"--as={name}"],
        ["show", run, f"--selection={name}"],
        ["export", run, "--to", "jsonl", "--out", tmp_path / "x.jsonl", f"--selection={name}"],
    ):
        said = magpie(*words)
        assert said.code in (2, 5), f"{words[0]}: {said.code} {said.out}{said.err}"
        safe(said)
    assert {path for path in tmp_path.rglob("*") if run not in path.parents} == before
    assert not [path for path in run.rglob("*") if len(path.name) > 200]


@pytest.mark.parametrize("id", ["../../out", "/etc/passwd", "a\x00b", "\x1b[31m", "con", "x" * 5000, "'; --", ""])  # fmt: skip
def test_ids_of_a_file_are_text_and_nothing_else(magpie, tmp_path, id):
    file = tmp_path / "data.jsonl"
    rows = [{"id": id, "instruction": "Why is it so?", "response": "Because."}] * 40
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    before = set(tmp_path.rglob("*"))
    for words in (
        ["show", file],
        ["select", file, "--where", "length(response) > 3", "--as", "some"],
        ["import", file, "-o", tmp_path / "imported"],
        ["split", file, "--test", "0.5", "--out", tmp_path / "parts"],
    ):
        said = magpie(*words)
        assert said.code == 0, said.err
        safe(said)
    made = {path.relative_to(tmp_path).parts[0] for path in set(tmp_path.rglob("*")) - before}
    assert made <= {"data.jsonl.magpie", "imported", "parts"}


def test_bytes_that_are_no_text_are_refused(magpie, fake, tmp_path):
    """As a shell hands over a name in another encoding."""
    for words in (
        ["run", *fake, "--system", "caf\udce9", "-o", tmp_path / "run"],
        ["run", *fake, "-o", tmp_path / "caf\udce9"],
        ["select", tmp_path, "--where", "x = '\udce9'"],
    ):
        said = magpie(*words)
        assert said.code == 2
        assert "not UTF-8" in said.err
    said = magpie("run", *fake, "--engine-option", 'texts=["\\ud800"]', "-o", tmp_path / "run")
    assert said.code == 2
    assert "lone surrogate" in said.err
    assert not list(tmp_path.iterdir())
