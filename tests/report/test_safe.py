import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from magpie_core.report.safe import HIDDEN, last_part, settings, short, visible, without_places


@given(st.text())
def test_nothing_that_drives_a_terminal_or_turns_the_text_is_left(text):
    shown = visible(text)
    assert not re.search(
        "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]",
        shown,
    )
    shown.encode()


@given(st.text(alphabet=st.characters(categories=("L", "N", "P", "S"))))
def test_what_people_write_stays_as_it_is(text):
    assert visible(text) == text


def test_signs_say_what_was_there():
    assert visible("\x1b[31m\u202ex\x00\ty\r\nz") == "␛[31m⟨U+202E⟩x␀\ty\nz"


def test_long_texts_say_how_much_is_left_out():
    assert short("x" * 12, 10) == "xxxxxxxxxx … (+2 characters)"
    assert short("x" * 10, 10) == "x" * 10


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("see /srv/me/models/tiny.bin for more", "see tiny.bin for more"),
        ("~/models/tiny", "tiny"),
        (r"C:\Users\me\tiny", "tiny"),
        ("../other/data/x.jsonl", "x.jsonl"),
        ("owner/name", "owner/name"),
        ("1/2 and/or </s>", "1/2 and/or </s>"),
        ("https://me:pw@example.org:81/v1?key=1#x", "https://example.org:81/v1"),
        ("file:///srv/me/x.txt", "x.txt"),
    ],
)
def test_places_lose_what_names_the_machine(said, shown):
    assert without_places(said) == shown


@pytest.mark.parametrize(("path", "last"), [("/a/b/", "b"), ("/", "."), ("a", "a"), ("~/x", "x")])
def test_last_part(path, last):
    assert last_part(path) == last


def test_settings_keep_no_secret():
    found = settings(
        {
            "key": "0123",
            "engine": {
                "api_key": "sk-1",
                "options": {"auth_token": "t", "max_tokens": 5, "list": ["/a/b/c"]},
            },
            "recipe": {"run": {"output": "runs/first", "on": True, "empty": []}},
            "instruction": {"chat_format": {"pre_query": "<s>/a/b/c\n"}},
        }
    )
    assert found == {
        "key": "0123",
        "engine.api_key": HIDDEN,
        "engine.options.auth_token": HIDDEN,
        "engine.options.max_tokens": "5",
        "engine.options.list": "c",
        "recipe.run.output": "first",
        "recipe.run.on": "yes",
        "recipe.run.empty": "(empty)",
        "instruction.chat_format.pre_query": "<s>/a/b/c⏎",
    }
