"""A column that is nowhere is said before anything is read; one that comes late, or in odd spelling, is used."""

import json

import pytest

from magpie_core.dataset.source import FileSource, open_source
from magpie_core.errors import UsageError
from magpie_core.selection import early
from magpie_core.selection.early import check_names
from magpie_core.selection.request import Request
from magpie_core.selection.select import select
from magpie_core.selection.table import Table


@pytest.fixture(autouse=True)
def _few(monkeypatch):
    """The first two rows are looked at, and blocks are so small that names stand across their ends."""
    monkeypatch.setattr(early, "FIRST", 2)
    monkeypatch.setattr(early, "_BLOCK", 7)


@pytest.fixture
def unread(monkeypatch):
    """Fails the test when the source is loaded."""
    monkeypatch.setattr(Table, "load", lambda *a, **k: pytest.fail("everything was read"))


def refused(path, where, **request):
    with open_source(path) as source, pytest.raises(UsageError) as caught:
        select(source, Request(where=(where,), **request), makers={"input_quality": "quality"})
    return caught.value


@pytest.mark.usefixtures("unread")
def test_a_misspelt_column_of_a_file_is_said_before_reading(data):
    error = refused(data({"input_quality": "good"}, {"y": "input_qualty"}), "input_qualty = 'x'")
    assert "`input_qualty`" in error.message
    assert "did you mean `input_quality`?" in str(error.hint)


@pytest.mark.usefixtures("unread")
def test_one_of_a_run_and_who_would_make_it(fake_run):
    error = refused(fake_run, "input_quality = 'good'")
    assert "magpie tag" in str(error.hint)


@pytest.mark.usefixtures("unread")
def test_one_of_a_set(data, add_set):
    path = data({"score": 1}, {})
    add_set(path, "tags/first", {"r0": {"x": 5}})
    assert "`first.score`" in refused(path, "first.score > 1").message
    assert "`second.x`" in refused(path, "second.x > 1").message


@pytest.mark.usefixtures("unread")
def test_one_of_a_parquet_file(tmp_path):
    import pyarrow as pa
    from pyarrow import parquet

    path = tmp_path / "data.parquet"
    parquet.write_table(pa.table({"prompt": ["a"] * 3, "Late": [None, None, 1]}), path)
    assert "`lat`" in refused(path, "lat > 1").message
    with open_source(path) as source:
        check_names(source, {("late",)})


def test_a_column_that_comes_late_is_used(data, add_set, chosen):
    path = data({}, {}, {}, {"Late": 1})
    add_set(path, "tags/t", {f"r{at}": {} for at in range(4)} | {"r4": {"later": 2}})
    assert chosen(path, where=("late = 1",)) == ["r3"]
    assert chosen(path, where=("later IS NULL",)) == [f"r{at}" for at in range(4)]
    assert chosen(path, where=("t.later IS NULL",)) == [f"r{at}" for at in range(4)]


def test_a_name_that_could_be_written_in_several_ways_is_left_to_the_reading(tmp_path, chosen):
    path = tmp_path / "data.jsonl"
    rows = [{"prompt": "a"}, {"prompt": "b"}, {"prompt": "c", "größe": 1, 'a"b': 2}]
    path.write_text("".join(json.dumps(one) + "\n" for one in rows))
    assert chosen(path, where=('"größe" = 1 AND "a""b" = 2',)) == ["row-2"]
    assert "`größer`" in refused(path, '"größer" = 1').message


def test_published_names_and_names_that_were_taken(tmp_path, chosen):
    path = tmp_path / "data.jsonl"
    rows = [{"prompt": "a"}] * 3
    rows.append({"prompt": "d", "uuid": "u", "run": "mine", "min_similar_uuid": "u"})
    path.write_text("".join(json.dumps(one) + "\n" for one in rows))
    where = ("min_similar_conversation_id = conversation_id", "extra_run = 'mine'")
    assert chosen(path, where=where) == ["u"]


def test_damage_is_told_once(data):
    path = data({"x": 1}, {"x": 2}, {"x": 3})
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join([lines[0], "{broken\n", *lines[1:]]))
    seen = []
    with FileSource(path) as source:
        source.on_damage = lambda *told: seen.append(told)
        with select(source, Request(where=("x > 1",))) as selection:
            assert selection.funnel.damaged == 1
    assert len(seen) == 1


@pytest.mark.usefixtures("unread")
def test_the_way_out_of_presets_is_as_early(data):
    with open_source(data({}, {})) as source, pytest.raises(UsageError, match="repeat_count"):
        select(source, Request(where=("repeat_count = 0",)))
