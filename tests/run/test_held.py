"""A folder one process fills: kept while anything is in it, gone otherwise."""

from __future__ import annotations

import pytest

from magpie_core.errors import RunLockedError
from magpie_core.run.held import HeldFolder


def held(place, name="tags/t"):
    return HeldFolder(place, name, busy="tags are being written", hint="wait")


def test_without_a_file_it_goes_with_those_above_it(tmp_path):
    one = held(tmp_path / "place")
    (one.path / "failures").mkdir()
    one.release()
    one.release()
    assert list(tmp_path.iterdir()) == []


def test_what_holds_something_stays(tmp_path):
    one, other = held(tmp_path / "place"), held(tmp_path / "place", "tags/u")
    (one.path / "failures").mkdir()
    (one.path / "failures/part-00000.jsonl").touch()
    one.release()
    other.release()
    assert [path.name for path in (tmp_path / "place/tags").iterdir()] == ["t"]
    held(tmp_path / "place").release()
    assert (one.path / "failures/part-00000.jsonl").exists()


def test_another_is_told_what_goes_on_and_what_to_do(tmp_path):
    one = held(tmp_path)
    with pytest.raises(RunLockedError, match="tags are being written by process ") as caught:
        held(tmp_path)
    assert caught.value.hint == "wait"
    one.release()
    held(tmp_path).release()


def test_one_that_went_can_be_taken_again_and_the_late_release_leaves_it(tmp_path):
    one = held(tmp_path)
    one.release()
    again = held(tmp_path)
    one.release()
    with pytest.raises(RunLockedError):
        held(tmp_path)
    again.release()
