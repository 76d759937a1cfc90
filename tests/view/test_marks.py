"""Marks: on disk at once, the last one counts, select understands them, several people may write them."""

import json
import os
from concurrent.futures import ThreadPoolExecutor

import pytest

from magpie_core.dataset.columns import Columns, read_added
from magpie_core.dataset.source import open_source
from magpie_core.view.marks import FOLDER, SETTINGS


def marks_of(path):
    return {one.id: one.columns for one in read_added(path / FOLDER)}


def test_the_last_mark_of_a_record_counts(run, serve, magpie):
    served = serve(run)
    assert served.ask("mark", n=4, mark="drop")["marked"] == 1
    assert served.ask("mark", n=4, mark="keep", note="  good one ")["marked"] == 1
    served.ask("mark", n=5, mark="drop")
    served.ask("mark", n=6, mark="keep")
    served.ask("mark", n=6)
    assert marks_of(run)["0123456789ab-00000004"] == {"mark": "keep", "mark_note": "good one"}
    said = magpie("select", run, "--where", "mark = 'keep'", "--as", "mine", "--json")
    assert said.code == 0, said.err
    assert json.loads(said.out)["selected"] == 1
    chosen = (run / "selections/mine/selection.jsonl").read_text()
    assert "0123456789ab-00000004" in chosen
    rest = magpie("select", run, "--where", "mark IS NULL OR mark <> 'drop'", "--dry-run", "--json")
    assert json.loads(rest.out)["selected"] == 119


def test_marks_are_exported_with_the_records(run, serve, magpie, tmp_path):
    serve(run).ask("mark", n=0, mark="keep", note="the first")
    assert magpie("export", run, "--to", "jsonl", "--out", tmp_path / "all.jsonl").code == 0
    first = json.loads((tmp_path / "all.jsonl").read_text().splitlines()[0])
    assert (first["mark"], first["mark_note"]) == ("keep", "the first")


def test_undo_goes_back_step_by_step(run, serve):
    served = serve(run)
    served.ask("mark", n=1, mark="keep")
    served.ask("mark", n=1, mark="drop", note="why not")
    assert served.ask("undo") == {"n": 1, "mark": "keep", "note": None, "marked": 1}
    assert served.ask("undo") == {"n": 1, "mark": None, "note": None, "marked": 0}
    assert served.ask("undo") is None
    assert marks_of(run)["0123456789ab-00000001"] == {"mark": None, "mark_note": None}


def test_marks_can_be_filtered_by_at_once(run, serve):
    served = serve(run)
    for n, mark in ((3, "keep"), (8, "keep"), (9, "drop")):
        served.ask("mark", n=n, mark=mark, note="n" if n == 8 else None)

    def found(**asked):
        return [row["n"] for row in served.ask("page", asked=asked)["rows"]]

    assert found(labels={"mark": ["keep"]}) == [3, 8]
    assert found(labels={"mark": ["keep", "drop"]}, descending=True) == [9, 8, 3]
    assert found(where="mark = 'keep' AND mark_note IS NOT NULL") == [8]
    assert dict(served.ask("counts")["mark"]) == {"keep": 2, "drop": 1, None: 117}
    served.ask("undo")
    assert found(labels={"mark": ["drop"]}) == []


def test_marks_are_there_the_next_time(run, serve):
    serve(run).ask("mark", n=7, mark="keep", note="seen")
    again = serve(run)
    row = again.ask("page", start=7, size=1)["rows"][0]
    assert (row["mark"], row["note"]) == ("keep", "seen")
    assert again.ask("record", n=7)["note"] == "seen"


def test_marks_of_another_reader_are_taken_in(run, serve):
    one, other = serve(run), serve(run)
    one.ask("mark", n=2, mark="keep")
    other.ask("mark", n=3, mark="drop")
    assert set(marks_of(run)) == {"0123456789ab-00000002", "0123456789ab-00000003"}
    other.ask("renew")
    assert dict(other.ask("counts")["mark"])["keep"] == 1


def test_a_mark_leaves_the_note_of_another_reader(run, serve):
    one, other = serve(run), serve(run)
    one.ask("mark", n=2, mark="keep", note="see the second turn")
    said = other.ask("mark", n=2, mark="drop")
    assert (said["mark"], said["note"]) == ("drop", "see the second turn")
    assert one.ask("undo") is None, "the other reader has had the last word"
    assert marks_of(run)["0123456789ab-00000002"]["mark"] == "drop"


def test_readers_who_mark_at_the_same_time_wait_for_each_other(run, serve):
    readers = [serve(run), serve(run), serve(run)]

    def mark_some(which):
        return [readers[which].ask("mark", n=10 * which + at, mark="keep") for at in range(8)]

    with ThreadPoolExecutor(3) as pool:
        said = [one for some in pool.map(mark_some, range(3)) for one in some]
    assert not [one for one in said if "error" in one]
    assert len(marks_of(run)) == 24


def test_keys_pressed_quickly_are_no_conflict(run, serve):
    served = serve(run)
    with ThreadPoolExecutor(4) as pool:
        marks = ["keep", "drop"] * 12
        said = list(pool.map(lambda mark: served.ask("mark", n=1, mark=mark), marks))
    assert not [one for one in said if "error" in one]


def test_somebody_else_is_marking_at_this_moment(run, serve, monkeypatch):
    monkeypatch.setattr("magpie_core.view.marks.PATIENCE", 0.05)
    served = serve(run)
    with open_source(run) as source, Columns(source, FOLDER, SETTINGS):
        said = served.ask("mark", n=2, mark="keep")
    assert "are being written" in said["error"]
    assert served.ask("record", n=2)["mark"] is None
    assert served.ask("mark", n=2, mark="keep")["mark"] == "keep"


@pytest.mark.parametrize(("mark", "note"), [("best", None), ("keep", "x" * 10_001)])
def test_what_is_no_mark(run, serve, mark, note):
    assert "error" in serve(run).ask("mark", n=0, mark=mark, note=note)
    assert not (run / FOLDER).exists()


def test_where_nothing_may_be_written_nothing_is_marked(run, serve, monkeypatch, own_cache):
    real = os.access
    monkeypatch.setattr(
        os,
        "access",
        lambda path, mode: mode == os.R_OK or (str(run) not in str(path) and real(path, mode)),
    )
    served = serve(run)
    assert "you may not write" in served.ask("about")["read_only"]
    assert "you may not write" in served.ask("mark", n=0, mark="keep")["error"]
    assert not (run / FOLDER).exists()
    assert not (run / ".view").exists()
    assert list(own_cache.rglob("index.duckdb"))


def test_marks_of_a_file_stand_beside_it(tmp_path, serve, magpie):
    path = tmp_path / "data.jsonl"
    path.write_text(
        "".join(
            json.dumps({"id": f"r{at}", "instruction": "i", "response": "r"}) + "\n"
            for at in range(4)
        )
    )
    served = serve(path)
    served.ask("mark", n=2, mark="keep")
    said = magpie("select", path, "--where", "mark = 'keep'", "--dry-run", "--json")
    assert json.loads(said.out)["selected"] == 1
