"""A run or a file: the same records either way, and what says that they are still the same."""

import pytest

from magpie_core.dataset.source import open_source
from magpie_core.errors import RunFolderError
from magpie_core.export.jsonl import JsonlExporter
from magpie_core.export.write import export
from magpie_core.record import Record
from magpie_core.run.folder import RunFolder


@pytest.fixture
def run(tmp_path):
    with RunFolder.create(tmp_path / "run", {"key": "abc"}) as run:
        for index in (3, 0, 3, 1):
            run.append(
                Record(id=f"abc-{index}", index=index, instruction=f"Q{index}", response="A")
            )
    return tmp_path / "run"


def test_a_run_and_its_export_hold_the_same_records(run, tmp_path):
    with RunFolder.open(run, write=False) as folder:
        export(folder, JsonlExporter(), tmp_path / "out.jsonl")
    with open_source(run) as one, open_source(tmp_path / "out.jsonl") as other:
        assert [(r.id, r.turns) for r in one.records()] == [
            (r.id, r.turns) for r in other.records()
        ]
        assert [r.index for r in one.records()] == [0, 1, 3]


def test_records_can_be_read_twice_and_damage_is_counted_anew(run):
    part = run / "records" / "part-00000.jsonl"
    part.write_bytes(b"{corrupt\n" + part.read_bytes())
    with open_source(run) as source:
        for _ in range(2):
            assert len(list(source.records())) == 3
            assert source.damaged == 1


def test_a_runs_identity_stays_while_it_grows_and_a_files_does_not(run, tmp_path):
    file = tmp_path / "data.jsonl"
    file.write_text('{"prompt": "Q"}\n')
    before = open_source(run).identity, open_source(file).identity
    with RunFolder.open(run, write=True) as folder:
        folder.append(Record(id="abc-9", index=9, instruction="Q", response="A"))
    file.write_text(file.read_text() * 2)
    assert open_source(run).identity == before[0] == "abc"
    assert open_source(file).identity != before[1]


def test_a_run_without_a_key_is_said(tmp_path):
    RunFolder.create(tmp_path / "run", {}).close()
    with pytest.raises(RunFolderError, match="holds no key"):
        _ = open_source(tmp_path / "run").identity
