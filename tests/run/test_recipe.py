"""Recipes and the flags laid over them: what is refused, and whether the line is named."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from magpie_core import UsageError
from magpie_core.cli.options import build_recipe
from magpie_core.errors import SettingsError
from magpie_core.run.recipe import parse_recipe, read_recipe


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            '[run]\nn = 5\n[filters.length]\nenabled = "false"',
            "line 4: `filters.length.enabled`: expected true or false, got 'false'",
        ),
        ("[filters.length]\nenabled = 0", "line 2: `filters.length.enabled`: expected true or"),
        ("[filters]\nlength.enabled = 'no'", "line 2: `filters.length.enabled`: expected"),
        ("[filters]\nlength = {enabled = 'no'}", "line 2: `filters.length.enabled`: expected"),
        (
            "[run]\n\n[filters]\nlength = 3",
            "line 4: `filters.length`: expected a table of options, got `int`",
        ),
        ("filters = 3", "line 1: `filters`: expected `object`, got `int`"),
        ("[instruction]\nstop_strings = ['a', '']", "line 2: `instruction.stop_strings`: expected"),
        ("[response]\nstop_strings = 3", "line 2: `response.stop_strings`: expected `array"),
        (f"[run]\nn = {10**26}", "line 2: `run.n`: expected `int` <= 1000000000"),
        (f"[run]\nmax_attempts = {10**9 + 1}", "line 2: `run.max_attempts`: expected `int` <= 1"),
        (f"[run]\npilot = {10**26}", "line 2: `run.pilot`: expected `int` <= 1000000000"),
        (f"[engine]\nmax_batch = {10**26}", "line 2: `engine.max_batch`: expected `int` <= 1"),
        ("[run]\nsystem = 'one\u2028two\x85three'\nm = 3", "line 3: unknown key `run.m`"),
    ],
)
def test_what_is_refused_is_named_with_its_line(text: str, words: str) -> None:
    for ends in ("\n", "\r\n"):
        with pytest.raises(SettingsError) as caught:
            parse_recipe(text.replace("\n", ends), "r.toml")
        assert f"`r.toml`, {words}" in caught.value.message


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[run]\nn = 5\n\n[response]\nmax_token = 3\n", "line 5: unknown key `response.max_token`"),
        ("[run]\nn = = 3\n", "line 2, column 5"),
        ("[run]\nn = 3\nsystem = 'open\n", "line 3"),
    ],
)
@pytest.mark.parametrize("ends", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"], ids=["plain", "marked"])
def test_lines_are_right_in_files_from_elsewhere(
    text: str, words: str, ends: str, mark: str, tmp_path: Path
) -> None:
    path = tmp_path / "recipe.toml"
    path.write_bytes((mark + text.replace("\n", ends)).encode())
    with pytest.raises(SettingsError) as caught:
        read_recipe(path)
    assert words in caught.value.message


def test_a_byte_order_mark_is_not_part_of_a_recipe(tmp_path: Path) -> None:
    path = tmp_path / "recipe.toml"
    path.write_bytes(b"\xef\xbb\xbf[run]\r\nn = 7\r\n")
    assert read_recipe(path).run.n == 7


def test_limits_themselves_are_fine() -> None:
    recipe = parse_recipe(
        f"[run]\nn = {10**9}\nmax_attempts = {10**9}\n[instruction]\nstop_strings = []\n"
        "[filters.length]\nenabled = false\nshortest = 3\n[filters.greeting]\n"
    )
    assert recipe.run.n == recipe.run.max_attempts == 10**9
    assert recipe.filters == {"length": {"enabled": False, "shortest": 3}, "greeting": {}}


@pytest.mark.parametrize("text", ["null", "[1, null]", '{"a": null}', '{"a": [{"b": null}]}'])
def test_engine_options_hold_no_null(text: str) -> None:
    with pytest.raises(UsageError, match="holds a null") as caught:
        build_recipe(None, {}, (f"x={text}",))
    assert f"`x={text}`" in caught.value.message
    assert caught.value.hint


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("sdpa", "sdpa"),
        ("nullable", "nullable"),
        ("0", 0),
        ("false", False),
        ('"null"', "null"),
        ("[]", []),
        ('{"a": [1, "b"]}', {"a": [1, "b"]}),
    ],
)
def test_engine_options_are_read_as_json_where_they_are(text: str, value: Any) -> None:
    assert build_recipe(None, {}, (f"x={text}",)).engine.options == {"x": value}


@pytest.mark.parametrize(("flag", "shown"), [("n", "-n "), ("max_attempts", "--max-attempts ")])
def test_a_flag_has_the_same_bounds(flag: str, shown: str) -> None:
    with pytest.raises(UsageError, match="<= 1000000000") as caught:
        build_recipe(None, {flag: 10**26})
    assert caught.value.message.startswith(shown)
