"""``magpie merge``: counts for people and programs, and a run that the other commands read."""

import json
import signal
import subprocess
import sys
import time

import pytest

from magpie_core.run.folder import RunFolder

MAIN = "from magpie_core.cli import main; main()"


@pytest.fixture
def theirs(magpie, tmp_path):
    file = tmp_path / "theirs.jsonl"
    file.write_text("".join(f'{{"prompt": "Q{k}", "completion": "A"}}\n' for k in range(150)))
    assert magpie("import", file, "-o", tmp_path / "theirs", "-q").code == 0
    return tmp_path / "theirs"


def test_a_generated_and_an_imported_run(magpie, fake_run, theirs, tmp_path):
    both = tmp_path / "both"
    said = magpie("merge", fake_run, theirs, "-o", both)
    assert (said.code, said.err) == (0, "")
    assert said.out.startswith(f"162 records in {both}, key ")
    assert f"12  {fake_run} (12 new)" in said.out
    assert f"150  {theirs} (150 new)" in said.out
    assert "162 records, complete" in magpie("status", both).out
    assert f"merged from `{fake_run}`, `{theirs}`" in magpie("status", both).out
    said = magpie("export", both, "--to", "jsonl", "--out", tmp_path / "out.jsonl")
    rows = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert len({row["id"] for row in rows}) == len(rows) == 162
    assert rows[0]["run"] == rows[0]["id"].partition("-")[0]
    assert magpie("resume", both).code == 5


def test_json_counts_each_part(magpie, fake_run, theirs, tmp_path):
    document = json.loads(magpie("merge", fake_run, theirs, "-o", tmp_path / "m", "--json").out)
    assert document["records"] == 162
    assert [one["new"] for one in document["parts"]] == [12, 150]
    said = magpie("merge", fake_run, theirs, "-o", tmp_path / "m", "-q")
    assert (said.code, said.out, said.err) == (0, "", "")


def test_a_run_named_twice_is_refused(magpie, fake_run, tmp_path):
    said = magpie("merge", fake_run, fake_run, "-o", tmp_path / "m")
    assert said.code == 2
    assert "named twice" in said.err
    assert not (tmp_path / "m").exists()


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 130), (signal.SIGKILL, -9)]
)
def test_an_interrupt_or_a_kill_keeps_what_is_written(theirs, tmp_path, number, code):
    parts = []
    for name in ("a", "b"):
        parts.append(tmp_path / name)
        source = (theirs / "records" / "part-00000.jsonl").read_text().splitlines()[0]
        with RunFolder.create(parts[-1], {"key": name}) as run:
            run.path.joinpath("records").mkdir()
        lines = (
            source.replace("-00000000", f"-{name}{k}").replace('"index":0', f'"index":{k}')
            for k in range(30_000)
        )
        (parts[-1] / "records" / "part-00000.jsonl").write_text("\n".join(lines) + "\n")
    command = [sys.executable, "-c", MAIN, "merge", *map(str, parts), "-o", str(tmp_path / "m")]
    part = tmp_path / "m" / "records" / "part-00000.jsonl"
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        while process.poll() is None and not (part.exists() and part.stat().st_size):
            time.sleep(0.01)
        process.send_signal(number)
        _, said = process.communicate()
    assert process.returncode == code, said
    assert ("Go on with the same command" in said) == (number != signal.SIGKILL)
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    with RunFolder.open(tmp_path / "m", write=False) as folder:
        assert len({one.id for one in folder.records()}) == 60_000
        assert folder.settled().largest == 59_999
