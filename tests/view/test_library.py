"""The index on disk: used again, made anew, never one that somebody else wrote; records that keep coming."""

import shutil

import pytest

from magpie_core.dataset.columns import Columns
from magpie_core.dataset.source import open_source
from magpie_core.errors import UsageError
from magpie_core.record import Record
from magpie_core.run.folder import RunFolder
from magpie_core.view.library import open_index


@pytest.fixture
def opened():
    """Opens the index of a source; says whether anything had to be read."""

    def opened(path):
        told = []
        with open_source(path) as source:
            index = open_index(source, lambda *what: told.append(what))
            found = index.rows, dict(index.about["sets"])
            index.close()
        return (*found, bool(told))

    return opened


def test_it_is_used_again_while_nothing_has_changed(run, opened):
    assert opened(run)[2] is True
    assert opened(run)[2] is False


def test_marks_do_not_make_it_old(run, opened, serve):
    serve(run).ask("mark", n=0, mark="keep")
    assert opened(run)[2] is False


def test_new_records_and_new_columns_make_it_anew(run, opened):
    opened(run)
    with RunFolder.open(run, write=True) as folder:
        folder.append(
            Record(id="0123456789ab-00000999", index=999, instruction="New?", response="Yes.")
        )
    assert opened(run)[::2] == (121, True)
    with open_source(run) as source, Columns(source, "tags/new", {}) as tags:
        tags.add("0123456789ab-00000999", {"fresh": True})
    _, sets, read = opened(run)
    assert read
    assert "tags/new" in sets
    assert "tags/marks" not in sets


def test_an_index_that_came_with_a_run_is_not_opened(run, opened, tmp_path, own_cache):
    opened(run)
    theirs = tmp_path / "theirs"
    shutil.copytree(run, theirs)
    assert (theirs / ".view/index.duckdb").exists()
    assert opened(theirs)[2] is True  # written anew, not believed
    (run / ".view/index.duckdb").write_bytes(b"no database")
    assert opened(run)[2] is True
    shutil.rmtree(own_cache)
    assert opened(run)[2] is True


def test_a_run_that_is_being_written_can_be_read(run, serve):
    with RunFolder.open(run, write=True) as folder:
        served = serve(run)
        state = served.ask("state")
        assert not state["changed"]
        assert "process" in state["writer"]
        folder.append(
            Record(id="0123456789ab-00000500", index=500, instruction="Now?", response="Yes.")
        )
        with (run / "records/part-00000.jsonl").open("ab") as torn:
            torn.write(b'{"id":"0123456789ab-00000501","ind')
        assert served.ask("state")["changed"]
        assert served.ask("about")["rows"] == 120
        assert (
            served.ask("mark", n=0, mark="keep")["mark"] == "keep"
        )  # the run's lock is not needed
        assert served.ask("renew")["rows"] == 121
        assert served.ask("page", asked={"search": "now?"})["total"] == 1
        assert not served.ask("state")["changed"]


def test_a_file_that_changed_while_it_was_read(tmp_path, serve):
    path = tmp_path / "data.jsonl"
    path.write_text('{"id": "a", "instruction": "i", "response": "r"}\n')
    served = serve(path)
    path.write_text(
        '{"id": "a", "instruction": "i", "response": "r"}\n{"id": "b", "instruction": "j", "response": "s"}\n'
    )
    assert served.ask("state")["changed"]
    assert served.ask("renew")["rows"] == 2
    served.ask("mark", n=1, mark="keep")
    path.write_text('{"id": "c", "instruction": "k", "response": "t"}\n')
    assert "belongs to other contents" in served.ask("renew")["error"]
    assert served.ask("about")["rows"] == 2  # what was there can still be read


def test_columns_of_a_file_that_changed_are_refused(tmp_path, opened):
    path = tmp_path / "data.jsonl"
    path.write_text('{"id": "a", "instruction": "i", "response": "r"}\n')
    with open_source(path) as source, Columns(source, "tags/x", {}) as tags:
        tags.add("a", {"x": 1})
    path.write_text('{"id": "a", "instruction": "other", "response": "r"}\n')
    with pytest.raises(UsageError, match="was changed since"):
        opened(path)


def test_an_empty_run(tmp_path, opened):
    RunFolder.create(tmp_path / "empty", {"key": "0123456789ab"}).close()
    with pytest.raises(UsageError, match="holds no record"):
        opened(tmp_path / "empty")


def test_odd_rows(tmp_path, serve):
    path = tmp_path / "odd.jsonl"
    path.write_text(
        '{"id": "a", "instruction": "i", "response": "r", "x": 1, "big": 123456789012345678901, "l": [1, "a"], "o": {"k": [null]}}\n'
        '{"id": "a", "instruction": "\\u0000 \\u202e", "response": "", "x": "text", "l": [], "Select": true}\n'
        '{"id": "b", "instruction": "k", "response": "t", "x": null, "l": ["b"], "select": false, "row": "r"}\n'
    )  # fmt: skip
    served = serve(path)
    assert served.ask("page")["total"] == 3
    columns = {one["name"]: one["value"] for one in served.ask("record", n=0)["columns"]}
    assert columns["big"] == "123456789012345678901"
    assert columns["o"] == '{"k":[null]}'
    assert served.ask("record", n=1)["turns"][0]["text"].startswith("\x00")
    assert served.ask("page", asked={"where": "x = '1'"})["total"] == 1
