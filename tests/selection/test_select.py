"""Selecting: order of labels, names of columns, and what is damaged or makes no sense."""

import json

import pytest

from magpie_core.dataset.source import open_source
from magpie_core.errors import UsageError
from magpie_core.selection.request import Request
from magpie_core.selection.select import select, selected
from magpie_core.selection.store import folder_of, write

QUALITIES = ["very poor", "poor", "average", "good", "excellent"]


@pytest.mark.parametrize(
    ("where", "kept"),
    [
        ("input_quality >= 'good'", [3, 4]),
        ("input_quality < 'average'", [0, 1]),
        ("'good' <= input_quality", [3, 4]),
        ("input_quality BETWEEN 'poor' AND 'good'", [1, 2, 3]),
        ("input_quality IN ('excellent', 'Very Poor')", [0, 4]),
        ("input_quality NOT IN ('excellent', 'good')", [0, 1, 2]),
        ("input_quality = 'Good'", [3]),
        ("input_quality <> 'good'", [0, 1, 2, 4]),
        ("NOT input_quality >= 'good'", [0, 1, 2]),
        ("input_quality LIKE '%poor'", [0, 1]),
        ("input_quality IS NULL", [5]),
        ("INPUT_QUALITY > 'good' OR input_quality IS NULL", [4, 5]),
        ("CASE WHEN input_quality >= 'good' THEN 1 ELSE 0 END = 1", [3, 4]),
    ],
)
def test_quality_compares_by_its_order(data, chosen, where, kept):
    path = data(*({"input_quality": one} for one in [*QUALITIES, None]))
    assert chosen(path, where=(where,)) == [f"r{at}" for at in kept]


def test_other_spellings_of_a_label_count_as_it_and_are_written_as_they_were(data, chosen, records):
    labels = ["Others", "Other", "others ", "Math", "weird", None]
    path = data(*({"task_category": one} for one in labels))
    assert chosen(path, where=("task_category = 'Others'",)) == ["r0", "r1", "r2"]
    assert chosen(path, where=("task_category = 'other'",)) == ["r0", "r1", "r2"]
    assert chosen(path, where=("task_category = 'weird'",)) == ["r4"]
    assert [one.extra.get("task_category") for one in records(path)] == labels


def test_unknown_labels_of_a_scale_have_no_value_and_are_named_and_written(data):
    path = data(*({"input_quality": one} for one in ["good", "superb", "GOOD", "poor"]))
    with open_source(path) as source:
        with select(source, Request(where=("input_quality >= 'average'",))) as selection:
            assert list(selection.ids()) == ["r0", "r2"]
            assert [one.unknown for one in selection.funnel.stages] == [1]
            assert any("superb" in note for note in selection.notes)
        with select(source, Request(where=("input_quality IS NULL",))) as selection:
            assert [one.extra["input_quality"] for one in selection.records()] == ["superb"]


def test_a_column_of_another_scale_is_compared_as_text(data):
    path = data(*({"difficulty": one} for one in ["A1", "B2", "C1"]))
    with open_source(path) as source:
        with select(source, Request(where=("difficulty >= 'B'",))) as selection:
            assert list(selection.ids()) == ["r1", "r2"]
            assert any("compared as text" in note for note in selection.notes)


def test_a_label_that_is_none_is_an_error(data, chosen):
    with pytest.raises(UsageError, match="very poor, poor, average, good, excellent") as caught:
        chosen(data({"input_quality": "good"}), where=("input_quality >= 'goood'",))
    assert "good" in str(caught.value.hint)


def test_columns_of_sets_are_joined_by_id(data, add_set, chosen, records):
    path = data({}, {}, {})
    add_set(
        path, "tags/quality", {"r2": {"input_quality": "good"}, "r0": {"input_quality": "poor"}}
    )
    add_set(path, "neighbours/minilm", {"r2": {"repeat_count": 0}, "gone": {"repeat_count": 9}})
    assert chosen(path, where=("input_quality > 'poor' AND repeat_count = 0",)) == ["r2"]
    assert [one.extra for one in records(path)] == [
        {"input_quality": "poor"},
        {},
        {"input_quality": "good", "repeat_count": 0},
    ]


def test_a_name_in_two_sets_is_an_error_and_qualified_names_are_the_way_out(
    data, add_set, chosen, records
):
    path = data({"score": 1}, {"score": 2})
    add_set(path, "tags/first", {"r0": {"score": 5}, "r1": {"score": 0}})
    add_set(path, "tags/second", {"r0": {"score": 0}, "r1": {"score": 5}})
    with pytest.raises(
        UsageError, match="`row` and in `tags/first` and in `tags/second`"
    ) as caught:
        chosen(path, where=("score > 3",))
    assert "first.score" in str(caught.value.hint)
    assert chosen(path, where=("first.score > 3",)) == ["r0"]
    assert chosen(path, where=("SECOND.score > 3",)) == ["r1"]
    assert chosen(path, where=('"tags/second".score > 3',)) == ["r1"]
    assert chosen(path, where=("row.score > 1",)) == ["r1"]
    assert chosen(path, where=("score > 3",), prefer=("second",)) == ["r1"]
    assert records(path)[0].extra == {"score": 1, "first.score": 5, "second.score": 0}


def test_a_clash_nobody_asks_for_is_none(data, add_set, chosen):
    path = data({"score": 1})
    add_set(path, "tags/first", {"r0": {"score": 5}})
    assert chosen(path, where=("instruction = 'i'",)) == ["r0"]


def test_a_missing_column_names_the_near_ones_and_who_makes_it(data):
    path = data({"input_qualty": "good"})
    request = Request(where=("input_quality >= 'good'",))
    with open_source(path) as source, pytest.raises(UsageError, match="`input_quality`") as caught:
        select(source, request, makers={"input_quality": "quality"})
    assert "did you mean `input_qualty`?" in str(caught.value.hint)
    assert f"magpie tag {path} quality" in str(caught.value.hint)


@pytest.mark.parametrize(
    ("where", "command"),
    [
        ("min_neighbor_distance > 0", "magpie dedup {}"),
        ("duplicate_keep", "magpie dedup {}"),
        ("text_keep", "magpie dedup {} --minhash"),
    ],
)
def test_a_missing_column_of_near_duplicates_names_the_command_that_adds_it(data, where, command):
    path = data({})
    with open_source(path) as source, pytest.raises(UsageError) as caught:
        select(source, Request(where=(where,)))
    assert str(caught.value.hint) == "add it: " + command.format(path)


def test_a_misspelt_column_that_a_step_would_add_is_named_with_the_step(data):
    path = data({})
    request = Request(where=("instruct_rewrd > 1",))
    with open_source(path) as source, pytest.raises(UsageError) as caught:
        select(source, request, makers={"instruct_reward": "reward"})
    said = f"did you mean `instruct_reward`? Or add it: magpie tag {path} reward"
    assert str(caught.value.hint) == said


@pytest.mark.parametrize("asked", [{"where": ("unnest(c) > 1",)}, {"by": "unnest(c)", "top": 3}])
def test_what_makes_several_rows_of_one_is_refused(data, asked):
    path = data({"c": [1, 2, 3]}, {"c": [4]})
    with open_source(path) as source, pytest.raises(UsageError, match="several rows of one"):
        select(source, Request(**asked))


def test_the_words_of_duckdb_name_columns_as_people_do(data, chosen):
    with pytest.raises(UsageError) as caught:
        chosen(data({"score": "x"}), where=("score + 1 > 'a'::DATE",))
    assert "own_" not in caught.value.message
    assert "\n" not in caught.value.message


def test_a_value_that_cannot_be_converted_matters_only_where_it_is_looked_at(data, chosen):
    path = data({"x": "1", "ok": True}, {"x": "one", "ok": False})
    assert chosen(path, where=("ok AND x::INTEGER = 1",)) == ["r0"]
    assert chosen(path, where=("ok",), top=5, by="x::INTEGER") == ["r0"]
    with pytest.raises(UsageError, match="one"):
        chosen(path, where=("x::INTEGER = 1",))


def test_types_that_change_late_change_no_answer(data, chosen, monkeypatch):
    monkeypatch.setattr("magpie_core.selection.sink.ROWS", 2)
    path = data(
        {},
        {"x": 1},
        {"x": 2},
        {"x": 2.5},
        {"x": None},
        {"y": "1"},
        {"y": 1},
        {"z": ["a"]},
        {"z": []},
    )
    assert chosen(path, where=("x > 1.5",)) == ["r2", "r3"]
    assert chosen(path, where=("y = '1'",)) == ["r5", "r6"]
    assert chosen(path, where=("list_contains(z, 'a')",)) == ["r7"]


def test_damaged_lines_are_named_counted_and_the_rest_used(data, add_set):
    path = data({}, {}, {})
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join([lines[0], "{broken\n", *lines[1:]]))
    add_set(path, "tags/a", {"r0": {"s": 1}, "r2": {"s": 2}})
    part = next((path.with_name("data.jsonl.magpie") / "tags" / "a").glob("part-*.jsonl"))
    part.write_text(part.read_text().replace('{"id":"r0"', '{"id:"r0"'))
    seen = []
    with open_source(path) as source:
        source.on_damage = lambda file, row, reason: seen.append((file.name, row))
        with select(source, Request(where=("s IS NULL OR s = 2",))) as selection:
            assert list(selection.ids()) == ["r0", "r1", "r2"]
            assert selection.funnel.damaged == 1
    assert seen == [("data.jsonl", 2), (part.name, 1)]


def test_the_source_is_never_written_to(data, records):
    path = data({"x": 1}, {"x": 2})
    before = path.read_bytes()
    assert [one.id for one in records(path, where=("x = 2",))] == ["r1"]
    assert path.read_bytes() == before
    assert [one.name for one in path.parent.iterdir()] == [path.name]


def test_files_are_out_of_reach(data, chosen, tmp_path):
    secret = tmp_path / "secret.txt"
    secret.write_text("x")
    with pytest.raises(UsageError):
        chosen(data({}), where=(f"(SELECT content FROM read_text('{secret}')) = 'x'",))


@pytest.mark.parametrize(
    "request_",
    [
        {"top": 3},
        {"by": "s"},
        {"top": 3, "by": "s", "balance": ("s",)},
        {"balance": ("s",), "quota": {"s": 0.5}},
        {"quota": {"s": 0.0}},
        {"quota": {"s": 1.5}},
        {"sample": 0},
        {"n": 3},
        {"balance": ("s + 1",)},
        {"prefer": ("nothing",)},
    ],
)
def test_what_makes_no_sense_is_refused_with_a_hint(data, chosen, request_):
    with pytest.raises(UsageError) as caught:
        chosen(data({"s": 1}), **request_)
    assert caught.value.hint


def test_an_empty_source_says_so(tmp_path, chosen):
    path = tmp_path / "data.jsonl"
    path.write_text(json.dumps({"nothing": 1}) + "\n")
    with pytest.raises(UsageError, match="holds no record"):
        chosen(path)


def test_a_column_without_any_value_compares_with_everything(data, chosen):
    path = data({"x": None}, {"x": None})
    assert chosen(path, where=("x > 1 OR x = 'a' OR list_contains(x, 'b') OR id = 'r1'",)) == ["r1"]
    assert chosen(path, where=("x IS NULL",)) == ["r0", "r1"]


def test_a_selection_is_found_again_by_its_name(data, add_set):
    path = data({}, {}, {})
    add_set(path, "tags/a", {"r0": {"s": 1}, "r2": {"s": 2}})
    with open_source(path) as source:
        write(folder_of(source, "two"), ["r2", "r1"], {})
        with selected(source, "two") as selection:
            assert [(one.id, one.extra) for one in selection.records()] == [
                ("r1", {}),
                ("r2", {"s": 2}),
            ]
        write(folder_of(source, "gone"), ["r0", "r9"], {})
        with pytest.raises(UsageError, match="1 of the 2 records of `gone`"):
            selected(source, "gone")
        with pytest.raises(UsageError, match="there are: gone, two") as caught:
            selected(source, "twoo")
        assert "`two`" in str(caught.value.hint)
