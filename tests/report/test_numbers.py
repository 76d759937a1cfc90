import itertools
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from magpie_core.report.distributions import round_edges
from magpie_core.report.document import Labels, Numbers, plain
from magpie_core.spending import Prices


@pytest.fixture(scope="module")
def whole(report, tagged):
    """Everything, of the run that has everything."""
    return report(tagged)


def column(numbers, name):
    return next(one for one in numbers.distributions if one.name == name)


@given(st.floats(-1e9, 1e9), st.floats(0, 1e9), st.booleans())
def test_bins_hold_what_is_to_be_shown_in_equal_widths(low, span, whole):
    low, high = (round(low), round(low + span)) if whole else (low, low + span)
    edges = round_edges(low, high, whole=whole)
    width = edges[1] - edges[0]
    assert edges[0] <= low + 1e-9 * abs(low)
    assert edges[-1] >= high - 1e-9 * abs(high)
    assert 2 <= len(edges) <= 48
    assert all(b - a == pytest.approx(width, rel=1e-3) for a, b in itertools.pairwise(edges))
    if whole:
        assert all(one == int(one) for one in edges)


def test_every_record_is_counted_once(whole):
    numbers = whole.numbers
    for one in numbers.distributions:
        (found,) = one.sets
        if isinstance(found, Numbers):
            assert sum(found.counts) + found.below + found.above == found.rows == 60
        else:
            assert isinstance(found, Labels)
            assert sum(found.counts) + found.others == found.rows == 60


def test_columns_are_drawn_by_what_they_hold(whole):
    numbers = whole.numbers
    assert column(numbers, "difficulty").labels == [
        "very easy",
        "easy",
        "medium",
        "hard",
        "very hard",
    ]
    assert column(numbers, "difficulty").sets[0].counts == [12] * 5
    assert column(numbers, "task_category").sets[0].counts == [20, 20, 20]
    assert column(numbers, "repeat_count").labels == ["0", "1"]
    assert column(numbers, "duplicate_keep").sets[0].counts == [59, 1]
    assert column(numbers, "instruct_reward").edges
    distance = column(numbers, "min_neighbor_distance").sets[0]
    assert distance.mean == pytest.approx(59 / 120)
    assert distance.quantiles["0.5"] == pytest.approx(59 / 120)
    assert not {"index", "task_category_generator"} & {one.name for one in numbers.distributions}


def test_the_funnel_counts_what_the_run_did(whole):
    one = whole.numbers.sets[0]
    assert [(stage.name, stage.before, stage.kept) for stage in one.stages] == [
        ("instruction filters", 70, 63),
        ("response filters", 63, 60),
        ("near-duplicates", 60, 59),
    ]
    assert [(why.step, why.filter, why.reason, why.count) for why in one.reasons] == [
        ("instruction", "colon", "ends_with_colon", 7),
        ("response", "role_marker", "role_marker", 3),
    ]


def test_each_reason_has_examples(whole):
    (texts,) = whole.examples
    assert [len(one) for one in texts] == [3, 3]
    assert all(text.startswith("Do this ") for one in texts for text in one)


def test_labels_that_meet_are_counted(whole):
    (crossing,) = whole.numbers.crossings
    assert sum(map(sum, crossing.counts[0])) == 60
    assert crossing.columns == ["very easy", "easy", "medium", "hard", "very hard"]
    assert crossing.counts[0][0] == [4] * 5


def test_speed_and_cost(report, tagged):
    one = report(tagged, on_map=0, prices=Prices(gpu_hour=3.6, sampled_tokens=1.0)).numbers.sets[0]
    assert one.spent.prompt_tokens == 3000
    assert one.spent.sampled_tokens == 6000
    assert one.spent.hours == pytest.approx(62.5 / 3600)
    assert one.spent.money == pytest.approx(0.0625 + 0.006)
    assert one.pace[0].records_per_minute == pytest.approx(60)
    assert one.pace[0].tokens_per_second == pytest.approx(100)
    assert report(tagged, on_map=0).numbers.sets[0].spent.money is None


def test_diversity_and_map(whole):
    found = whole
    one = found.numbers.sets[0]
    assert one.diversity.sample == 60
    assert one.diversity.distance == pytest.approx(59 / 120)
    assert 1 < one.diversity.figures["vendi"] <= 60
    assert 0 < one.diversity.distinct["1"] < one.diversity.distinct["2"] <= 1
    points = found.numbers.map.points[0]
    assert len(points) == len(found.hover[0]) == len(found.numbers.map.labels[0]) == 60
    assert {
        round(abs(x)) for axis in zip(*points, strict=True) for x in (min(axis), max(axis))
    } == {100}
    assert set(found.numbers.map.labels[0]) == {"Math", "Planning", "Editing"}


def test_the_map_shows_at_most_so_many_of_all(report, tagged, run_of):
    found = report(tagged, run_of("other", seed=2), on_map=40)
    assert [len(one) for one in found.numbers.map.points] == [20, 20]
    near = found.numbers.map.nearest
    assert all(one > 0 for row in near for one in row)
    assert report(tagged, on_map=0).numbers.map is None


def test_the_same_seed_draws_the_same_records(report, tagged):
    first, again, other = (report(tagged, rows=10, on_map=0, seed=seed) for seed in (1, 1, 2))
    ids = [[row["id"] for row in one.rows[0]] for one in (first, again, other)]
    assert len(ids[0]) == 10
    assert ids[0] == ids[1] != ids[2]


def test_several_share_their_bins_and_labels(report, tagged, run_of):
    numbers = report(tagged, run_of("other", n=30, seed=2), on_map=0).numbers
    assert [one.name for one in numbers.sets] == ["tagged", "other"]
    length = column(numbers, "length of response")
    assert len(length.sets[0].counts) == len(length.sets[1].counts) == len(length.edges) - 1
    assert [one.rows for one in column(numbers, "task_category").sets] == [60, 30]


def test_a_file_of_nothing_but_conversations(report, talks):
    path = talks(*((f"Ask {n}?", f"Answer {n}.") for n in range(7)))
    found = report(path)
    (one,) = found.numbers.sets
    assert (one.kind, one.name, one.records, one.stages, one.spent) == (
        "file",
        "talks.jsonl",
        7,
        [],
        None,
    )
    assert found.numbers.map is None
    assert {spread.name for spread in found.numbers.distributions} == {
        "length of instruction",
        "length of response",
    }
    assert any("magpie dedup talks.jsonl" in note for note in one.notes)
    assert any("magpie tag talks.jsonl quality difficulty category" in note for note in one.notes)


def test_columns_of_a_file_are_drawn_too(report, tmp_path):
    path = tmp_path / "data.jsonl"
    rows = [
        {
            "instruction": f"Ask {n}?",
            "response": "Yes.",
            "source": "ab"[n % 2],
            "score": n / 9,
            "note": f"words {n}",
        }
        for n in range(30)
    ]
    path.write_text("".join(json.dumps(one) + "\n" for one in rows))
    numbers = report(path).numbers
    assert column(numbers, "source").sets[0].counts == [15, 15]
    assert column(numbers, "score").sets[0].rows == 30
    assert "note" not in {one.name for one in numbers.distributions}


def rows_of(path, *rows):
    whole = [{"instruction": f"Ask {n}?", "response": "Yes."} | row for n, row in enumerate(rows)]
    path.write_text("".join(json.dumps(one) + "\n" for one in whole))
    return path


def test_numbers_no_float_can_sum_are_passed_over(report, tmp_path):
    scores = [1e308, 1.7e308, -1.7e308, 1.0, 2.5] * 4
    path = rows_of(tmp_path / "data.jsonl", *({"score": one} for one in scores))
    numbers = report(path).numbers
    (score,) = column(numbers, "score").sets
    assert (score.rows, score.mean, score.most) == (8, 1.75, 2.5)
    json.dumps(plain(numbers), allow_nan=False)


def test_a_column_of_too_many_labels_is_told_of_and_not_asked_for(report, tmp_path):
    rows = ({"task_category": f"kind {n}", "difficulty": "easy"} for n in range(200))
    (one,) = report(rows_of(tmp_path / "data.jsonl", *rows)).numbers.sets
    assert any("`task_category` is not drawn" in note for note in one.notes)
    assert any(note.startswith("No quality yet") for note in one.notes)


def test_two_of_one_name_are_told_apart(report, talks, tmp_path):
    path = talks(("a?", "b"), ("c?", "d"))
    (tmp_path / "more").mkdir()
    other = tmp_path / "more" / path.name
    other.write_text(path.read_text())
    assert [one.name for one in report(path, other).numbers.sets] == [
        "talks.jsonl (1)",
        "talks.jsonl (2)",
    ]


def test_numbers_are_json_and_hold_no_text_of_the_records(report, hostile):
    text = json.dumps(plain(report(hostile, on_map=0).numbers), allow_nan=False)
    assert "HYPERLINK" not in text
    assert "hunter2" not in text
    assert "somebody" not in text


def test_a_selection_beside_the_run_is_told_of(report, run_of, magpie):
    run = run_of()
    said = magpie("select", run, "--where", "difficulty >= 'hard'", "--as", "hard")
    assert said.code == 0, said.err
    stages = report(run, on_map=0).numbers.sets[0].selections["hard"]
    assert [(one.before, one.kept) for one in stages] == [(60, 24)]


def test_vectors_of_other_weights_are_not_put_on_one_map(report, tagged, run_of):
    other = run_of("other")
    path = other / "embeddings" / "minilm" / "embeddings.toml"
    path.write_text(path.read_text().replace("weights", "others"))
    found = report(tagged, other)
    assert [len(one) for one in found.numbers.map.points] == [60, 0]
    assert found.numbers.map.nearest[0][1] == -1
    assert any("not on the map" in note for note in found.numbers.sets[1].notes)
