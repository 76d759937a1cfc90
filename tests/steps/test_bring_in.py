"""Bringing in a file: every row is a record or counted, nothing is written twice, and nothing is lost."""

import json

import pytest

from magpie_core.dataset.source import open_source
from magpie_core.errors import RunFolderError, UsageError
from magpie_core.run.folder import RunFolder
from magpie_core.steps.bring_in import bring_in

TALK = [{"from": "human", "value": "Q"}, {"from": "gpt", "value": "A"}]


def write(path, rows):
    path.write_text(
        "".join((row if isinstance(row, str) else json.dumps(row)) + "\n" for row in rows)
    )
    return path


@pytest.fixture
def file(tmp_path):
    return write(
        tmp_path / "data.jsonl",
        [
            {"uuid": "u1", "conversations": TALK * 2, "source_id": "old", "topic": "a"},
            "{broken",
            {"prompt": "P", "completion": "C"},
            {"text": "none"},
        ],
    )


def records(path):
    with RunFolder.open(path, write=False) as folder:
        return list(folder.records_in_order())


def test_rows_become_records_of_a_run(file, tmp_path):
    damage = []
    done = bring_in(file, tmp_path / "run", on_damage=lambda *what: damage.append(what[1]))
    assert (done.records, done.new, done.rejected) == (2, 2, 2)
    assert damage == [2, 4]
    first, second = records(tmp_path / "run")
    assert [one.id for one in (first, second)] == [f"{done.key}-00000000", f"{done.key}-00000002"]
    assert first.extra == {
        "topic": "a",
        "conversations": TALK * 2,
        "source_id": "u1",
        "extra_source_id": "old",
    }
    assert second.extra == {}
    with RunFolder.open(tmp_path / "run", write=False) as folder:
        assert folder.manifest["kind"] == "import"
        assert folder.manifest["complete"] is True
        assert [(one.index, one.reason) for one in folder.rejections()] == [
            (1, "unreadable"),
            (3, "unreadable"),
        ]


def test_a_second_call_adds_nothing(file, tmp_path):
    bring_in(file, tmp_path / "run")
    before = {p: p.read_bytes() for p in (tmp_path / "run").rglob("part-*")}
    done = bring_in(file, tmp_path / "run")
    assert (done.records, done.new, done.rejected) == (2, 0, 2)
    assert {p: p.read_bytes() for p in (tmp_path / "run").rglob("part-*")} == before


def test_a_call_that_was_stopped_goes_on(tmp_path):
    file = write(tmp_path / "data.jsonl", [{"prompt": f"Q{k}"} for k in range(50)])
    rows = 0

    def stop():
        nonlocal rows
        rows += 1
        if rows == 20:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        bring_in(file, tmp_path / "run", on_row=stop)
    with RunFolder.open(tmp_path / "run", write=False) as folder:
        assert folder.manifest["complete"] is False
    assert len(records(tmp_path / "run")) == 20
    assert bring_in(file, tmp_path / "run").new == 30
    bring_in(file, tmp_path / "whole")
    assert records(tmp_path / "run") == records(tmp_path / "whole")


def test_the_key_follows_from_the_contents(file, tmp_path):
    key = bring_in(file, tmp_path / "a").key
    copy = write(tmp_path / "copy.jsonl", [])
    copy.write_bytes(file.read_bytes())
    assert bring_in(copy, tmp_path / "b").key == key
    copy.write_bytes(file.read_bytes() + b"\n")
    assert bring_in(copy, tmp_path / "c").key != key


def test_a_file_that_changed_is_refused(file, tmp_path):
    bring_in(file, tmp_path / "run")
    write(file, [{"prompt": "other"}])
    with pytest.raises(RunFolderError, match="other records"):
        bring_in(file, tmp_path / "run")


def test_another_run_is_left_alone(file, tmp_path):
    with RunFolder.create(tmp_path / "run", {"key": "k"}):
        pass
    with pytest.raises(RunFolderError, match="other records"):
        bring_in(file, tmp_path / "run")


@pytest.mark.parametrize(
    ("rows", "reason"), [([], "it is empty"), ([{"text": "x"}], "there are: text")]
)
def test_a_file_without_conversations_makes_no_run(tmp_path, rows, reason):
    file = write(tmp_path / "data.jsonl", rows)
    with pytest.raises(UsageError, match=reason):
        bring_in(file, tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_a_run_folder_is_no_file(file, tmp_path):
    bring_in(file, tmp_path / "run")
    with pytest.raises(UsageError, match="run folder already"):
        bring_in(tmp_path / "run", tmp_path / "other")


def test_steps_read_it_as_any_run(file, tmp_path):
    done = bring_in(file, tmp_path / "run")
    with open_source(tmp_path / "run") as source:
        assert source.identity == done.key
        assert [one.instruction for one in source.records()] == ["Q", "P"]
