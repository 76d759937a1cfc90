"""Choosing among records: rank, chance, balance, quotas, and a funnel that adds up."""

import random

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from magpie_core.dataset.source import open_source
from magpie_core.errors import UsageError
from magpie_core.record import Record
from magpie_core.run.folder import RunFolder
from magpie_core.selection.request import Request, parse_balance
from magpie_core.selection.select import select

QUALITIES = ["very poor", "poor", "average", "good", "excellent"]


def test_top_breaks_ties_by_order_and_takes_only_what_has_a_rank(data, chosen):
    path = data({"s": 1}, {"s": 2}, {"s": 2}, {"s": None}, {"s": 2}, {"s": 3})
    assert chosen(path, top=3, by="s") == ["r1", "r2", "r5"]
    assert chosen(path, top=99, by="s") == ["r0", "r1", "r2", "r4", "r5"]
    assert chosen(path, top=1, by="-s") == ["r0"]


def test_what_is_not_a_number_is_no_rank(tmp_path, chosen):
    import pyarrow as pa
    from pyarrow import parquet

    path = tmp_path / "data.parquet"
    columns = {"id": ["a", "b", "c"], "instruction": ["i"] * 3, "response": ["r"] * 3}
    parquet.write_table(pa.table({**columns, "s": [1.0, float("nan"), 2.0]}), path)
    assert chosen(path, top=2, by="s") == ["a", "c"]


def test_a_sample_depends_on_seed_and_ids_alone(data, chosen):
    rows = [{"id": f"id-{at}"} for at in range(200)]
    first = chosen(data(*rows), sample=20, seed=1)
    random.Random(3).shuffle(rows)
    assert set(chosen(data(*rows, name="other.jsonl"), sample=20, seed=1)) == set(first)
    assert set(chosen(data(*rows), sample=20, seed=2)) != set(first)
    assert len(first) == 20


def test_the_order_of_parts_changes_nothing(tmp_path, chosen):
    found = []
    for name, indexes in (("one", range(60)), ("two", reversed(range(60)))):
        with RunFolder.create(tmp_path / name, {"key": "k"}) as run:
            for at in indexes:
                run.append(Record(id=f"k-{at}", index=at, instruction="i", response="r" * (at % 7)))
        found.append(
            [
                chosen(tmp_path / name, sample=10),
                chosen(tmp_path / name, top=10, by="length(response)"),
                chosen(tmp_path / name, sample=10, shuffle=True),
            ]
        )
    assert found[0] == found[1]


def test_shuffled_is_the_same_records_in_another_order(data, chosen, records):
    path = data(*({} for _ in range(50)))
    plain, mixed = chosen(path), chosen(path, shuffle=True)
    assert mixed != plain
    assert sorted(mixed) == sorted(plain)
    assert [one.id for one in records(path, shuffle=True)] == mixed


def test_balance_gives_every_group_as_many(data, chosen):
    path = data(*({"c": "a" if at < 8 else "b" if at < 11 else None, "s": at} for at in range(12)))
    assert chosen(path, balance=("c",), n=4, by="s") == ["r6", "r7", "r10", "r11"]
    assert len(chosen(path, balance=("c",))) == 3
    assert len(chosen(path, balance=("c", "s"), n=5)) == 5


def test_balance_by_weights(data, chosen):
    path = data(*({"c": "abc"[at % 3], "s": at} for at in range(30)))
    assert chosen(path, balance=("c",), weights={"a": 2, "b": 1}, n=3, by="s") == [
        "r24",
        "r27",
        "r28",
    ]
    assert len(chosen(path, balance=("c",), weights={"a": 2, "b": 1})) == 15
    with pytest.raises(UsageError, match="no record that is left has `d` as `c`"):
        chosen(path, balance=("c",), weights={"d": 1})


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        (None, ((), {})),
        ("a, b", (("a", "b"), {})),
        ("language=DE:2,FR", (("language",), {"DE": 2.0, "FR": 1.0})),
        (
            "task_category=Coding & Debugging:0.5,Math:1",
            (("task_category",), {"Coding & Debugging": 0.5, "Math": 1.0}),
        ),
    ],
)
def test_what_balance_may_say(typed, found):
    assert parse_balance(typed) == found


@pytest.mark.parametrize("typed", ["c=a:0", "c=a:x", "c=a:1,a:2", "c=:1", "c=", "c=a:inf"])
def test_weights_that_are_none(typed):
    with pytest.raises(UsageError):
        parse_balance(typed)


def test_a_quota_bounds_every_value(data, chosen):
    path = data(*({"c": "ab"[at % 2] if at < 18 else "c", "s": at} for at in range(20)))
    found = chosen(path, quota={"c": 0.4}, n=5, by="s")
    assert found == ["r15", "r16", "r17", "r18", "r19"]
    with pytest.raises(UsageError, match="too few different values"):
        chosen(path, quota={"c": 0.1})


@settings(
    max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(
    st.lists(
        st.tuples(
            st.sampled_from([*QUALITIES, "odd", None]),
            st.none() | st.integers(0, 5),
            st.sampled_from("abc"),
        ),
        min_size=1,
        max_size=40,
    ),
    st.permutations(["input_quality >= 'average'", "s > 1", "c <> 'a'"]),
    st.sampled_from(
        [
            {},
            {"top": 4, "by": "s"},
            {"balance": ("c",), "n": 4},
            {"quota": {"c": 0.5}, "n": 4},
            {"sample": 3},
        ]
    ),
)
def test_the_funnel_adds_up(data, rows, conditions, how):
    path = data(*({"input_quality": q, "s": s, "c": c} for q, s, c in rows))

    def known(one):
        return QUALITIES.index(one) if one in QUALITIES else None

    scale = sum(q in QUALITIES for q, _, _ in rows) >= sum(q == "odd" for q, _, _ in rows)
    assume(scale and any(q in QUALITIES for q, _, _ in rows))
    tests = {
        "input_quality >= 'average'": lambda q, s, c: None if known(q) is None else known(q) >= 2,
        "s > 1": lambda q, s, c: None if s is None else s > 1,
        "c <> 'a'": lambda q, s, c: c != "a",
    }
    with open_source(path) as source:
        try:
            selection = select(source, Request(where=(" AND ".join(conditions),), **how))
        except UsageError:
            assume("quota" not in how)
            raise
        with selection:
            funnel, ids = selection.funnel, list(selection.ids())
    assert funnel.read == len(rows)
    assert len(ids) == len(set(ids)) == funnel.selected
    before, left = len(rows), rows
    for stage in funnel.stages:
        assert stage.before == before
        assert stage.kept + stage.removed == before
        assert 0 <= stage.unknown <= stage.removed
        before = stage.kept
    for stage, condition in zip(funnel.stages, conditions, strict=False):
        answers = [tests[condition](*row) for row in left]
        left = [row for row, answer in zip(left, answers, strict=True) if answer]
        assert (stage.kept, stage.unknown) == (len(left), answers.count(None))


def test_length_and_reward_are_correlated(data):
    path = data(*({"response": "x" * at, "instruct_reward": 2.0 * at} for at in range(1, 6)))
    with open_source(path) as source:
        with select(
            source, Request(where=("length(response) > 1",), top=1, by="instruct_reward")
        ) as one:
            assert one.funnel.correlation == {"passed": 1.0, "selected": None}
