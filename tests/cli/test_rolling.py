"""Whatever is written line by line rolls over to another part at a size, and is read as if it had not."""

from __future__ import annotations

import json

import pytest

from magpie_core.record import Failure
from magpie_core.run.folder import RunFolder
from magpie_core.run.parts import ROLL_BYTES, PartWriter

pytestmark = pytest.mark.usefixtures("site")
ROLL = 1_500


@pytest.fixture
def rolls(monkeypatch):
    """Makes parts roll at a size that a test reaches."""

    def rolls(size=ROLL):
        monkeypatch.setitem(PartWriter.__init__.__kwdefaults__, "roll_bytes", size)

    return rolls


def parts(folder):
    return sorted(folder.glob("part-*.jsonl"))


def check(folder):
    """There are several parts, numbered without a gap, and none is larger than it may be."""
    found = parts(folder)
    assert len(found) > 1, folder
    assert [one.name for one in found] == [f"part-{k:05d}.jsonl" for k in range(len(found))]
    for one in found:
        assert one.stat().st_size <= ROLL or one.read_bytes().count(b"\n") == 1


def lines(folder):
    """What is in a folder, in order of what it is about; without what differs between runs."""
    found = [json.loads(line) for part in parts(folder) for line in part.read_text().splitlines()]
    return sorted(found, key=lambda one: str(one.get("index", one.get("id"))))


@pytest.fixture
def run(magpie, checkpoint, tmp_path):
    """Makes a run in which some are turned down."""

    def run(name, *more):
        fake = ("--checkpoint", checkpoint, "--backend", "fake", "--pilot", 0, "--in-flight", 1)
        recipe = tmp_path / "strict.toml"
        recipe.write_text("[filters.length]\nshortest = 45\n")
        said = magpie("run", recipe, *fake, "-n", 40, "-o", tmp_path / name, "-q", *more)
        assert said.code == 0, said.err
        return tmp_path / name

    return run


def test_failures(rolls, tmp_path):
    rolls()
    with RunFolder.create(tmp_path / "run", {}) as folder:
        for index in range(50):
            folder.append(Failure(index=index, step="response", error="no answer", attempts=3))
        assert [one.index for one in folder.failures()] == list(range(50))
        assert len(folder.settled().failed) == 50
    check(tmp_path / "run" / "failures")


def test_records_and_rejections(magpie, run, rolls):
    whole = run("whole")
    rolls()
    several = run("several")
    for name in ("records", "rejects"):
        assert len(parts(whole / name)) == 1
        check(several / name)
        assert lines(several / name) == lines(whole / name)
    told = [json.loads(magpie("status", one, "--json").out) for one in (whole, several)]
    assert {**told[0], "run": ""} == {**told[1], "run": ""}
    assert magpie("resume", several, "-n", 45, "-q").code == 0
    assert json.loads(magpie("status", several, "--json").out)["accepted"] == 45


def test_a_resumed_run_goes_on_in_the_last_part(magpie, run, rolls):
    rolls()
    first = run("first")
    before = parts(first / "records")
    sizes = [one.stat().st_size for one in before]
    assert magpie("resume", first, "-n", 60, "-q").code == 0
    after = parts(first / "records")
    assert after[: len(before)] == before
    assert [one.stat().st_size for one in before[:-1]] == sizes[:-1]
    assert len(after) > len(before)
    check(first / "records")


@pytest.mark.parametrize(
    ("command", "folder"),
    [
        (("tag", "length"), "tags/length"),
        (("extend", "--turns", 2), "turns/extended"),
        (("prefer", "--by", "length", "--samples", 3), "preferences/preferred"),
    ],
)
def test_columns(magpie, run, rolls, command, folder):
    whole = run("whole")
    step, *rest = command
    assert magpie(step, whole, *rest, "-q").code == 0
    rolls()
    several = run("several")
    assert magpie(step, several, *rest, "-q").code == 0
    check(several / folder)
    assert lines(several / folder) == lines(whole / folder)
    if step == "prefer":
        check(several / folder / "sampled")
    out = several.parent / "out.jsonl", several.parent / "other.jsonl"
    assert magpie("export", whole, "--to", "jsonl", "--out", out[0]).code == 0
    assert magpie("export", several, "--to", "jsonl", "--out", out[1]).code == 0
    assert out[0].read_text() == out[1].read_text()


def test_what_is_brought_in_and_merged(magpie, run, rolls, tmp_path):
    rolls()
    first, second = run("first"), run("second", "--seed", 5)
    data = tmp_path / "data.jsonl"
    assert magpie("export", first, "--to", "sharegpt", "--out", data, "-q").code == 0
    data.write_text(
        data.read_text() + 30 * '{"nothing": "of a conversation, however long this is"}\n'
    )
    assert magpie("import", data, "-o", tmp_path / "brought", "-q").code == 0
    check(tmp_path / "brought" / "records")
    check(tmp_path / "brought" / "rejects")
    assert magpie("merge", first, second, "-o", tmp_path / "both").code == 0
    check(tmp_path / "both" / "records")
    assert len(lines(tmp_path / "both" / "records")) == 80


def test_the_size_is_that_of_the_documentation():
    assert PartWriter.__init__.__kwdefaults__["roll_bytes"] == ROLL_BYTES == 256 * 1024**2
