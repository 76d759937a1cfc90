"""Whatever plugins put into a record is written, or refused by name."""

from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from magpie_core.errors import PluginError
from magpie_core.record import Record
from magpie_core.run.encode import encode

ANY_TEXT = st.text(st.characters(exclude_categories=()))


@settings(deadline=None)
@given(ANY_TEXT, ANY_TEXT)
def test_any_text_becomes_one_line_that_can_be_read(instruction, name):
    record = Record(id="a", index=0, instruction=instruction, response="r", extra={name: name})
    line = encode(record)
    assert b"\n" not in line
    assert b"\r" not in line
    back = msgspec.json.decode(line, type=Record)
    try:
        (instruction + name).encode()
    except UnicodeEncodeError:
        return
    assert back == record


def test_a_lone_surrogate_is_replaced_and_a_pair_is_joined():
    assert encode("a\ud800b") == '"a\ufffdb"'.encode()
    assert encode("\ud83d\ude00") == '"😀"'.encode()


def test_what_libraries_return_is_written_as_plain_numbers():
    values = [np.float32(0.5), np.int64(3), np.array([1, 2]), np.bool_(True), Path("a/b"), (1,)]
    assert msgspec.json.decode(encode(values)) == [0.5, 3, [1, 2], True, "a/b", [1]]


def test_a_surrogate_beside_a_librarys_number():
    assert encode({"a": "\ud800", "b": np.float32(0.5)}) == '{"a":"\ufffd","b":0.5}'.encode()


@pytest.mark.parametrize("value", [object(), {(1, 2): 3}])
def test_what_json_cannot_hold_names_the_culprit(value):
    with pytest.raises(PluginError) as caught:
        encode({"column": value})
    assert caught.value.hint


def test_a_column_within_itself_is_refused():
    loop = []
    loop.append(loop)
    with pytest.raises(PluginError):
        encode(loop)
