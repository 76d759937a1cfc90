"""Bringing in a file: every row is a record or counted, nothing is written twice, and nothing is lost."""

import json

import pytest

from magpie_core.dataset.source import open_source
from magpie_core.errors import RunFolderError, UsageError
from magpie_core.run.folder import RunFolder
from magpie_core.run.kind import command_again
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


def stop_after(rows):
    """An ``on_row`` that stands for Ctrl-C after so many."""
    left = iter(range(rows - 1))

    def stop():
        if next(left, None) is None:
            raise KeyboardInterrupt

    return stop


def test_rows_become_records_of_a_run(file, tmp_path):
    damage = []
    done = bring_in([file], tmp_path / "run", on_damage=lambda *what: damage.append(what[1]))
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
    bring_in([file], tmp_path / "run")
    before = {p: p.read_bytes() for p in (tmp_path / "run").rglob("part-*")}
    done = bring_in([file], tmp_path / "run")
    assert (done.records, done.new, done.rejected) == (2, 0, 2)
    assert {p: p.read_bytes() for p in (tmp_path / "run").rglob("part-*")} == before


def test_a_call_that_was_stopped_goes_on(tmp_path):
    file = write(tmp_path / "data.jsonl", [{"prompt": f"Q{k}"} for k in range(50)])
    with pytest.raises(KeyboardInterrupt):
        bring_in([file], tmp_path / "run", on_row=stop_after(20))
    with RunFolder.open(tmp_path / "run", write=False) as folder:
        assert folder.manifest["complete"] is False
    assert len(records(tmp_path / "run")) == 20
    assert bring_in([file], tmp_path / "run").new == 30
    bring_in([file], tmp_path / "whole")
    assert records(tmp_path / "run") == records(tmp_path / "whole")


def test_the_key_follows_from_the_contents(file, tmp_path):
    key = bring_in([file], tmp_path / "a").key
    copy = write(tmp_path / "copy.jsonl", [])
    copy.write_bytes(file.read_bytes())
    assert bring_in([copy], tmp_path / "b").key == key
    copy.write_bytes(file.read_bytes() + b"\n")
    assert bring_in([copy], tmp_path / "c").key != key


def test_a_file_that_changed_is_refused(file, tmp_path):
    bring_in([file], tmp_path / "run")
    write(file, [{"prompt": "other"}])
    with pytest.raises(RunFolderError, match="other records"):
        bring_in([file], tmp_path / "run")


def test_another_run_is_left_alone(file, tmp_path):
    with RunFolder.create(tmp_path / "run", {"key": "k"}):
        pass
    with pytest.raises(RunFolderError, match="other records"):
        bring_in([file], tmp_path / "run")


@pytest.mark.parametrize(
    ("rows", "reason"), [([], "it is empty"), ([{"text": "x"}], "there are: text")]
)
def test_a_file_without_conversations_makes_no_run(tmp_path, rows, reason):
    file = write(tmp_path / "data.jsonl", rows)
    with pytest.raises(UsageError, match=reason):
        bring_in([file], tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_a_run_folder_is_no_file(file, tmp_path):
    bring_in([file], tmp_path / "run")
    with pytest.raises(UsageError, match="run folder already"):
        bring_in([tmp_path / "run"], tmp_path / "other")


def test_steps_read_it_as_any_run(file, tmp_path):
    done = bring_in([file], tmp_path / "run")
    with open_source(tmp_path / "run") as source:
        assert source.identity == done.key
        assert [one.instruction for one in source.records()] == ["Q", "P"]


def test_several_files_follow_one_another(tmp_path):
    """Indexes count every row, damaged ones too, so that each row keeps its own."""
    a = write(tmp_path / "a.jsonl", [{"id": "x", "prompt": "Q0"}, "{broken"])
    b = write(tmp_path / "b.jsonl", [{"prompt": "Q2", "source_file": "mine"}, {"prompt": "Q3"}])
    damage = []
    done = bring_in(
        [a, b], tmp_path / "run", on_damage=lambda *what: damage.append((what[0].name, what[1]))
    )
    assert (done.records, done.new, done.rejected) == (3, 3, 1)
    assert damage == [("a.jsonl", 2)]
    found = records(tmp_path / "run")
    assert [(one.index, one.instruction) for one in found] == [(0, "Q0"), (2, "Q2"), (3, "Q3")]
    assert [one.extra for one in found] == [
        {"source_id": "x", "source_file": str(a)},
        {"source_file": str(b), "extra_source_file": "mine"},
        {"source_file": str(b)},
    ]
    with RunFolder.open(tmp_path / "run", write=False) as folder:
        assert [one["path"] for one in folder.manifest["parts"]] == [str(a), str(b)]
        assert [one.index for one in folder.rejections()] == [1]


def test_several_files_that_were_stopped_go_on(tmp_path):
    files = [
        write(tmp_path / f"{name}.jsonl", [{"prompt": f"{name}{k}"} for k in range(20)])
        for name in "abc"
    ]
    with pytest.raises(KeyboardInterrupt):
        bring_in(files, tmp_path / "run", on_row=stop_after(33))
    assert bring_in(files, tmp_path / "run").new == 27
    assert bring_in(files, tmp_path / "run").new == 0
    bring_in(files, tmp_path / "whole")
    assert records(tmp_path / "run") == records(tmp_path / "whole")
    with pytest.raises(RunFolderError, match="other records"):
        bring_in(files[:2], tmp_path / "run")


def test_a_file_named_twice_is_refused(file, tmp_path):
    with pytest.raises(UsageError, match="named twice"):
        bring_in([file, tmp_path / "." / "data.jsonl"], tmp_path / "run")


def test_one_of_several_files_without_a_conversation_stops_before_anything_is_written(
    file, tmp_path
):
    other = write(tmp_path / "other.jsonl", [{"id": "x", "Frage": "Q", "n": 1, "Antwort": "A"}])
    with pytest.raises(UsageError, match=r"no conversation in `.*other\.jsonl`") as caught:
        bring_in([file, other], tmp_path / "run")
    assert caught.value.hint == "say where it is: --columns instruction=Frage,response=Antwort"
    assert not (tmp_path / "run").exists()


NAMING = {"instruction": "Frage", "response": "Antwort"}


def test_named_columns_hold_the_conversation(tmp_path):
    row = {"Frage": "Q", "Antwort": "A", "instruction": "kept", "messages": TALK, "id": "x"}
    file = write(tmp_path / "data.jsonl", [row, {"Frage": "Q2"}, {"Frage": 3}, {"Antwort": "A"}])
    damage = []
    done = bring_in(
        [file], tmp_path / "run", naming=NAMING, on_damage=lambda *what: damage.append(what[1:])
    )
    assert (done.records, done.rejected, done.unanswered) == (2, 2, 1)
    assert damage == [
        (3, "column `Frage` holds no text, but int"),
        (4, "no column `Frage` (there are: Antwort)"),
    ]
    first, second = records(tmp_path / "run")
    assert (first.instruction, first.response, second.response) == ("Q", "A", "")
    assert first.extra == {"instruction": "kept", "messages": TALK, "source_id": "x"}
    with RunFolder.open(tmp_path / "run", write=False) as folder:
        assert command_again(folder.manifest, "run").endswith(
            "-o run --columns instruction=Frage,response=Antwort"
        )


def test_another_naming_is_another_run(tmp_path):
    file = write(tmp_path / "data.jsonl", [{"a": "Q", "b": "A", "prompt": "P"}])
    keys = {
        bring_in([file], tmp_path / str(k), naming=naming).key
        for k, naming in enumerate([None, {"instruction": "a"}, {"instruction": "b"}])
    }
    assert len(keys) == 3
    with pytest.raises(RunFolderError, match="other records"):
        bring_in([file], tmp_path / "1", naming={"instruction": "b"})


@pytest.mark.parametrize("name", ["data.jsonl", "data.json", "data.parquet"])
def test_a_column_that_is_nowhere_is_refused_with_the_nearest(tmp_path, name):
    file = tmp_path / name
    rows = [{"Frage": "Q", "n": 1}, {"Frage": "Q2", "Antwort": "A"}]
    if name.endswith(".parquet"):
        import pyarrow as pa
        import pyarrow.parquet as pq

        pq.write_table(pa.Table.from_pylist([{"Antwort": None, **row} for row in rows]), file)
    else:
        file.write_text(json.dumps(rows))
    with pytest.raises(UsageError, match=r"no column `Anwort` in .*Frage") as caught:
        bring_in([file], tmp_path / "run", naming={**NAMING, "response": "Anwort"})
    assert caught.value.hint == "did you mean `Antwort`?"
    assert not (tmp_path / "run").exists()
    assert bring_in([file], tmp_path / "run", naming=NAMING).records == 2


def test_a_named_list_and_a_named_id(tmp_path):
    file = write(tmp_path / "data.jsonl", [{"talk": TALK * 2, "key": 7, "id": "other"}])
    bring_in([file], tmp_path / "run", naming={"conversations": "talk", "id": "key"})
    (record,) = records(tmp_path / "run")
    assert [one.content for one in record.turns] == ["Q", "A", "Q", "A"]
    assert record.extra == {"conversations": TALK * 2, "id": "other", "source_id": "7"}
