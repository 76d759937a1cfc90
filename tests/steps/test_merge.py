"""Merging: each id once, nothing lost, whatever the parts are and however often it is called."""

import shutil

import pytest

from magpie_core.dataset.columns import Columns, column_folders, read_added, read_settings
from magpie_core.dataset.source import open_source
from magpie_core.errors import RunFolderError, UsageError
from magpie_core.record import Provenance, Record
from magpie_core.run.folder import RunFolder
from magpie_core.steps.merge import merge


def record(key, index):
    return Record(
        id=f"{key}-{index:08d}",
        index=index,
        instruction=f"{key} {index}",
        response="r",
        extra={"n": index},
        provenance=Provenance(
            run=key, seed=1, instruction_tokens=1, response_tokens=1, response_finish="stop"
        ),
    )


def make(path, key, *indexes):
    if (path / "run.toml").exists():
        run = RunFolder.open(path, write=True)
    else:
        run = RunFolder.create(path, {"key": key})
    with run:
        for index in indexes:
            run.append(record(key, index))
    return path


@pytest.fixture
def parts(tmp_path):
    return [make(tmp_path / "a", "aaa", 5, 0, 2), make(tmp_path / "b", "bbb", 1, 0)]


def records(path):
    with RunFolder.open(path, write=False) as folder:
        return list(folder.records_in_order())


def test_ids_and_provenance_stay_and_indexes_are_new(parts, tmp_path):
    done = merge(parts, tmp_path / "m")
    assert [(part.records, part.new, part.repeated) for part in done.parts] == [
        (3, 3, 0),
        (2, 2, 0),
    ]
    found = records(tmp_path / "m")
    assert [one.index for one in found] == list(range(5))
    expected = [record("aaa", k) for k in (0, 2, 5)] + [record("bbb", k) for k in (0, 1)]
    assert [(o.id, o.instruction, o.extra, o.provenance) for o in found] == [
        (o.id, o.instruction, o.extra, o.provenance) for o in expected
    ]
    assert done.records == 5


def test_the_parts_are_not_touched(parts, tmp_path):
    before = {p: p.read_bytes() for one in parts for p in one.rglob("*") if p.is_file()}
    merge(parts, tmp_path / "m")
    assert {p: p.read_bytes() for one in parts for p in one.rglob("*") if p.is_file()} == before


def test_a_copy_of_a_run_counts_once(parts, tmp_path):
    shutil.copytree(parts[0], tmp_path / "copy")
    make(tmp_path / "copy", "aaa", 9)
    done = merge([*parts, tmp_path / "copy"], tmp_path / "m")
    assert [(part.new, part.repeated) for part in done.parts] == [(3, 0), (2, 0), (1, 3)]
    assert len({one.id for one in records(tmp_path / "m")}) == done.records == 6


def test_a_second_call_adds_only_what_the_parts_gained(parts, tmp_path):
    merge(parts, tmp_path / "m")
    before = records(tmp_path / "m")
    assert [part.new for part in merge(parts, tmp_path / "m").parts] == [0, 0]
    make(parts[0], "aaa", 1)
    done = merge(parts, tmp_path / "m")
    assert [part.new for part in done.parts] == [1, 0]
    after = records(tmp_path / "m")
    assert after[:5] == before
    assert (after[5].id, after[5].index) == ("aaa-00000001", 5)


@pytest.mark.parametrize("rows", [1, 3, 4])
def test_a_call_that_was_stopped_goes_on(parts, tmp_path, rows):
    left = rows

    def stop():
        nonlocal left
        left -= 1
        if not left:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        merge(parts, tmp_path / "m", on_record=stop)
    assert len(records(tmp_path / "m")) == rows
    merge(parts, tmp_path / "m")
    merge(parts, tmp_path / "whole")
    assert records(tmp_path / "m") == records(tmp_path / "whole")


def test_a_corrupt_line_in_a_part_is_named_and_the_rest_used(parts, tmp_path):
    part = parts[0] / "records" / "part-00000.jsonl"
    lines = part.read_bytes().split(b"\n")
    part.write_bytes(b"\n".join([lines[0], b"{corrupt", *lines[2:]]))
    damage = []
    done = merge(parts, tmp_path / "m", on_damage=lambda path, row, _: damage.append((path, row)))
    assert done.records == 4
    assert (part, 2) in damage


def test_merged_runs_can_be_merged(parts, tmp_path):
    merge(parts, tmp_path / "m")
    other = make(tmp_path / "c", "ccc", 0)
    done = merge([tmp_path / "m", other, parts[0]], tmp_path / "all")
    assert [(part.new, part.repeated) for part in done.parts] == [(5, 0), (1, 0), (0, 3)]


def tag(path, name, settings, **values):
    with open_source(path) as source, Columns(source, name, settings) as columns:
        for id, value in values.items():
            columns.add(id.replace("_", "-"), {"x": value})


def tags(path, name="tags/t"):
    return {one.id: one.columns["x"] for one in read_added(path / name)}


def test_tags_made_in_the_same_way_come_along(parts, tmp_path):
    tag(parts[0], "tags/t", {"model": "m"}, aaa_00000000=1, aaa_00000002=2)
    tag(parts[1], "tags/t", {"model": "m"}, bbb_00000000=3)
    done = merge(parts, tmp_path / "m")
    assert done.notes == []
    assert tags(tmp_path / "m") == {"aaa-00000000": 1, "aaa-00000002": 2, "bbb-00000000": 3}
    assert read_settings(tmp_path / "m/tags/t")["settings"] == {"model": "m"}
    with (
        open_source(tmp_path / "m") as source,
        Columns(source, "tags/t", {"model": "m"}) as columns,
    ):
        assert len(columns.done) == 3  # `magpie tag` goes on there
    merge(parts, tmp_path / "m")
    assert len((tmp_path / "m/tags/t/part-00000.jsonl").read_text().splitlines()) == 3


def test_tags_made_in_other_ways_are_left_behind_and_said(parts, tmp_path):
    tag(parts[0], "tags/t", {"model": "m"}, aaa_00000000=1)
    tag(parts[1], "tags/t", {"model": "n"}, bbb_00000000=3)
    tag(parts[1], "tags/half", {}, bbb_00000000=4)
    done = merge(parts, tmp_path / "m")
    assert list(column_folders(tmp_path / "m")) == ["tags/half"]
    assert done.notes == [
        "tags/half: 1 of 2 parts have it; tag the others",
        "tags/t is left behind: the parts were tagged with different model",
    ]


@pytest.mark.parametrize(
    ("settings", "carried"),
    [
        ({"sources": ["aaa", "bbb"], "records": 5}, True),
        ({"sources": ["bbb", "aaa"], "records": 5}, False),
        ({"sources": ["aaa", "bbb"], "records": 4}, False),
        ({}, False),
    ],
)
def test_neighbours_come_along_only_where_they_were_made_for_these_parts(
    parts, tmp_path, settings, carried
):
    for part, id in zip(parts, ("aaa_00000000", "bbb_00000000"), strict=True):
        tag(part, "neighbours/n", settings, **{id: 1})
    done = merge(parts, tmp_path / "m")
    assert [note.split(":")[0] for note in done.notes] == (
        [] if carried else ["neighbours/n is left behind"]
    )
    assert list(column_folders(tmp_path / "m")) == (["neighbours/n"] if carried else [])


def test_neighbours_of_one_part_only_are_left_behind(parts, tmp_path):
    tag(parts[0], "neighbours/n", {"sources": ["aaa", "bbb"], "records": 5}, aaa_00000000=1)
    merge(parts, tmp_path / "m")
    assert column_folders(tmp_path / "m") == {}


def test_what_cannot_be_merged_is_refused(parts, tmp_path):
    (tmp_path / "data.jsonl").write_text('{"prompt": "Q"}\n')
    for paths, out, said in [
        (parts[:1], "m", "two runs or more"),
        ([*parts, parts[0]], "m", "named twice"),
        ([parts[0], parts[0] / ".." / "a"], "m", "named twice"),
        (parts, "a", "one of the parts"),
        ([parts[0], tmp_path / "data.jsonl"], "m", "is a file"),
    ]:
        with pytest.raises(UsageError, match=said):
            merge(paths, tmp_path / out)
    assert not (tmp_path / "m").exists()


def test_another_run_is_left_alone(parts, tmp_path):
    other = make(tmp_path / "c", "ccc", 0)
    merge(parts, tmp_path / "m")
    for paths, out in [([parts[0], other], tmp_path / "m"), (parts, other)]:
        with pytest.raises(RunFolderError, match="other records"):
            merge(paths, out)
