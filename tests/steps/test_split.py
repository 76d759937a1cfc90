"""Splitting: every record in one part, always the same one, and what belongs together stays together."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from magpie_core.dataset.columns import Columns
from magpie_core.dataset.source import open_source
from magpie_core.errors import UsageError
from magpie_core.export.jsonl import JsonlExporter
from magpie_core.export.sharegpt import ShareGptExporter
from magpie_core.steps.split import check_shares, part_of, split

SHARES = {"train": 0.7, "test": 0.3}


def write(path, numbers):
    path.write_text(
        "".join(
            json.dumps({"id": f"r{k}", "prompt": f"Q{k}", "output": "A", "topic": f"t{k % 40}"})
            + "\n"
            for k in numbers
        )
    )
    return path


@pytest.fixture
def file(tmp_path):
    return write(tmp_path / "data.jsonl", range(600))


def run(file, out, shares=SHARES, exporter=JsonlExporter, **more):
    with open_source(file) as source:
        return split(source, exporter(), out, shares, **more)


def ids(path):
    return [json.loads(line)["id"] for line in path.read_text().splitlines()]


def parts(out):
    return {id: path.stem for path in out.glob("*.jsonl") for id in ids(path)}


def neighbours(file, groups, name="neighbours/n"):
    with open_source(file) as source, Columns(source, name, {}) as columns:
        for id, group in groups.items():
            columns.add(id, {"duplicate_group": group})


def test_every_record_is_in_one_part_in_order(file, tmp_path):
    done = run(file, tmp_path / "out")
    train, test = ids(done.files["train"]), ids(done.files["test"])
    assert done.counts == {"train": len(train), "test": len(test)}
    assert sorted(train + test) == sorted(f"r{k}" for k in range(600))
    assert train == sorted(train, key=lambda id: int(id[1:]))
    assert 350 < len(train) < 490


def test_the_same_seed_cuts_alike_and_another_otherwise(file, tmp_path):
    for name, seed in [("a", 1), ("b", 1), ("c", 2)]:
        run(file, tmp_path / name, seed=seed)
    assert parts(tmp_path / "a") == parts(tmp_path / "b") != parts(tmp_path / "c")


def test_records_added_later_move_no_other(file, tmp_path):
    run(file, tmp_path / "before")
    write(file, [*range(1000, 1300), *range(600)])
    run(file, tmp_path / "after")
    after = parts(tmp_path / "after")
    assert parts(tmp_path / "before").items() <= after.items()
    assert len(after) == 900


@given(st.text(), st.integers(), st.floats(0.01, 0.99))
def test_a_larger_share_takes_no_record_away(key, seed, share):
    smaller = part_of(key, seed, {"train": share, "test": 1 - share})
    larger = part_of(key, seed, {"train": (1 + share) / 2, "test": (1 - share) / 2})
    assert (smaller, larger) != ("train", "test")


def test_near_duplicates_stay_together(file, tmp_path):
    groups = {f"r{k}": f"g{k % 50}" for k in range(200)} | {
        f"r{k}": f"alone{k}" for k in range(200, 600)
    }
    neighbours(file, groups)
    done = run(file, tmp_path / "out")
    found = parts(tmp_path / "out")
    for group in range(50):
        assert len({found[f"r{k}"] for k in range(group, 200, 50)}) == 1
    assert len(set(found.values())) == 2
    assert done.together == 150


def test_groups_of_two_searches_are_joined(file, tmp_path):
    neighbours(file, {"r1": "r1", "r2": "r1", "r3": "r3", "r4": "r3"})
    neighbours(file, {"r2": "r2", "r3": "r2"}, "neighbours/other")
    for seed in range(8):
        run(file, tmp_path / str(seed), seed=seed)
        found = parts(tmp_path / str(seed))
        assert len({found[f"r{k}"] for k in (1, 2, 3, 4)}) == 1


def test_a_group_that_grows_stays_where_it_is(file, tmp_path):
    groups = {f"r{k}": f"g{k % 50}" for k in range(100)}
    neighbours(file, groups)
    run(file, tmp_path / "before")
    more = write(tmp_path / "more.jsonl", range(700))
    neighbours(more, groups | {f"r{k}": f"g{k % 50}" for k in range(600, 700)})
    run(more, tmp_path / "after")
    assert parts(tmp_path / "before").items() <= parts(tmp_path / "after").items()


def test_rows_of_one_value_stay_together(file, tmp_path):
    done = run(file, tmp_path / "out", by="topic")
    found = parts(tmp_path / "out")
    for topic in range(40):
        assert len({found[f"r{k}"] for k in range(topic, 600, 40)}) == 1
    assert (done.together, done.without) == (560, 0)


def test_a_column_that_was_added_decides_too(file, tmp_path):
    with open_source(file) as source, Columns(source, "tags/t", {}) as columns:
        for k in range(300):
            columns.add(f"r{k}", {"language": ["EN", "DE", None][k % 3], "n": 1})
    done = run(file, tmp_path / "out", by="language", seed=4)
    found = parts(tmp_path / "out")
    assert len({found[f"r{k}"] for k in range(0, 300, 3)}) == 1
    assert done.without == 400
    with pytest.raises(UsageError, match=r"no column|no record has a column `langage`") as caught:
        run(file, tmp_path / "other", by="langage")
    assert caught.value.hint == "did you mean `language`?"
    assert not (tmp_path / "other").exists()


def test_the_parts_have_the_columns_that_were_added(file, tmp_path):
    with open_source(file) as source, Columns(source, "tags/t", {}) as columns:
        for k in range(0, 600, 2):
            columns.add(f"r{k}", {"language": f"L{k}", "topic": "another"})
    done = run(file, tmp_path / "out")
    rows = [
        json.loads(line) for path in done.files.values() for line in path.read_text().splitlines()
    ]
    assert len(rows) == 600
    for row in rows:
        k = int(row["id"][1:])
        expected = (f"L{k}", "another") if k % 2 == 0 else (None, None)
        assert (row.get("language"), row.get("t.topic")) == expected
        assert row["topic"] == f"t{k % 40}"


def test_records_without_a_response_are_in_no_part_of_a_format_for_training(tmp_path):
    file = tmp_path / "data.jsonl"
    rows = [{"id": f"r{k}", "prompt": "Q", "completion": "A" if k % 3 else ""} for k in range(300)]
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    done = run(file, tmp_path / "out", exporter=ShareGptExporter)
    assert (sum(done.counts.values()), done.unanswered) == (200, 100)
    written = [
        json.loads(line) for path in done.files.values() for line in path.read_text().splitlines()
    ]
    assert len(written) == 200
    assert all(len(row["conversations"]) == 2 for row in written)
    kept = run(file, tmp_path / "all")
    assert (sum(kept.counts.values()), kept.unanswered) == (300, 0)
    assert parts(tmp_path / "out").items() <= parts(tmp_path / "all").items()


def test_prompts_only_make_no_parts_for_training(tmp_path):
    file = tmp_path / "data.jsonl"
    file.write_text('{"prompt": "Q"}\n' * 600)
    with pytest.raises(UsageError, match="none of 600 records has a response"):
        run(file, tmp_path / "out", exporter=ShareGptExporter)
    assert not (tmp_path / "out").exists()


def test_a_column_of_two_sets_is_refused(file, tmp_path):
    for name in ("tags/a", "tags/b"):
        with open_source(file) as source, Columns(source, name, {}) as columns:
            columns.add("r0", {"x": 1})
    with pytest.raises(UsageError, match="in tags/a and in tags/b"):
        run(file, tmp_path / "out", by="x")


def test_files_that_exist_are_replaced_only_when_asked_and_all_or_none(file, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    (out / "test.jsonl").write_text("mine")
    with pytest.raises(UsageError, match=r"test\.jsonl` exists"):
        run(file, out)
    assert sorted(p.name for p in out.iterdir()) == ["test.jsonl"]
    assert (out / "test.jsonl").read_text() == "mine"
    run(file, out, overwrite=True)
    assert sorted(p.name for p in out.iterdir()) == ["test.jsonl", "train.jsonl"]


def test_an_interrupt_leaves_nothing(file, tmp_path):
    rows = 0

    def stop():
        nonlocal rows
        rows += 1
        if rows == 1500:  # the first file is written, the second begun
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(file, tmp_path / "out", on_record=stop)
    assert list((tmp_path / "out").iterdir()) == []


def test_the_data_itself_is_never_replaced(tmp_path):
    file = write(tmp_path / "train.jsonl", range(50))
    with pytest.raises(UsageError, match="belongs to the data"):
        run(file, tmp_path, overwrite=True)
    assert len(file.read_text().splitlines()) == 50


def test_damage_is_named_once(file, tmp_path):
    file.write_text(file.read_text() + "{broken\n")
    damage = []
    with open_source(file) as source:
        source.on_damage = lambda *what: damage.append(what[1])
        split(source, ShareGptExporter(), tmp_path / "out", SHARES)
    assert damage == [601]


def test_a_part_without_records_is_refused(tmp_path):
    file = write(tmp_path / "data.jsonl", range(2))
    with pytest.raises(UsageError, match="no record falls into"):
        run(file, tmp_path / "out", {"train": 0.4, "validation": 0.3, "test": 0.3})


@pytest.mark.parametrize(
    ("given_shares", "expected"),
    [
        ((0.95, None, 0.05), {"train": 0.95, "test": 0.05}),
        ((None, None, 0.25), {"train": 0.75, "test": 0.25}),
        ((0.8, 0.1, 0.1), {"train": 0.8, "validation": 0.1, "test": 0.1}),
        ((0.5, 0.0, 0.5), {"train": 0.5, "test": 0.5}),
        ((None, 0.5, 0.5), {"validation": 0.5, "test": 0.5}),
    ],
)
def test_shares(given_shares, expected):
    found = check_shares(dict(zip(("train", "validation", "test"), given_shares, strict=True)))
    assert list(found) == list(expected)
    assert found == pytest.approx(expected)


@pytest.mark.parametrize(
    "given_shares",
    [
        (0.9, None, 0.2),
        (0.9, None, None),
        (None, None, 1.5),
        (None, None, None),
        (1.0, None, 0.0),
        (-0.5, None, 1.5),
        (float("nan"), None, 0.5),
    ],
)
def test_shares_that_make_no_split_are_refused(given_shares):
    with pytest.raises(UsageError):
        check_shares(dict(zip(("train", "validation", "test"), given_shares, strict=True)))
