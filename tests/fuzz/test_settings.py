"""Recipes, run.toml and the small languages of options: a value of ours, or an error of ours."""

from __future__ import annotations

import datetime
import json
import shutil
import tempfile
import tomllib
from pathlib import Path

import msgspec
import tomli_w
from hypothesis import given
from hypothesis import strategies as st

from magpie_core.cli.limits import take_limits
from magpie_core.cli.options import PLACES, build_recipe
from magpie_core.cli.status_report import read_status
from magpie_core.control.schedule import make_schedule
from magpie_core.control.wanted import parse_weights
from magpie_core.dataset.naming import parse_naming
from magpie_core.errors import MagpieError
from magpie_core.run import recipe as sections
from magpie_core.run.manifest import read_manifest
from magpie_core.run.recipe import Recipe, parse_recipe, read_recipe
from magpie_core.run.stored import read_stored
from magpie_core.selection.request import parse_balance, parse_quotas
from magpie_core.tagging.conditions import parse_conditions
from magpie_core.testing.fuzz import ANY_TEXT, fuzzed

VALUE = st.recursive(
    st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | st.text(max_size=12) | st.datetimes() | st.dates(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip
DATES = (datetime.datetime, datetime.date, datetime.time)
SECTIONS = [one.name for one in msgspec.structs.fields(Recipe)]
KEYS = sorted(
    {
        field.name
        for kind in vars(sections).values()
        if isinstance(kind, type) and issubclass(kind, sections.Section)
        for field in msgspec.structs.fields(kind)
    }
)
FRAGMENT = st.sampled_from(
    ["[run]\n", "n = 5\n", "[engine.options]\n", "a.b = 1\n", '"x" = 2\n', "[[run]]\n", "[taggers.a]\n", "'''\n"]
) | st.text(max_size=15)  # fmt: skip


@given(st.lists(FRAGMENT, max_size=6).map("".join) | st.binary(max_size=60))
@fuzzed(150)
def test_recipes_of_any_text(text):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "recipe.toml")
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        try:
            assert isinstance(read_recipe(path), Recipe)
        except MagpieError as error:
            assert str(path) in error.message  # noqa: PT017


def test_recipes_that_parsers_choke_on():
    for text in (
        "n = " + "9" * 9999,
        "a = " + "[" * 9999,
        "[" + "a." * 5000 + "b]\n",
        "a" * 10**6 + " = 1",
    ):
        try:
            parse_recipe(text)
        except MagpieError:
            continue
        raise AssertionError(text[:20])


@given(
    st.dictionaries(
        st.sampled_from(SECTIONS),
        st.dictionaries(st.sampled_from(KEYS) | st.text(max_size=6), VALUE, max_size=4) | VALUE,
        max_size=3,
    )
)
@fuzzed(250)
def test_known_keys_with_any_value(document):
    text = tomli_w.dumps(document)
    try:
        found = parse_recipe(text)
    except MagpieError as error:
        assert error.message  # noqa: PT017
        return
    again = msgspec.convert(
        tomllib.loads(tomli_w.dumps(msgspec.to_builtins(found, builtin_types=DATES))), Recipe
    )
    assert repr(again) == repr(found)  # NaN is not equal to itself


OLD = Path(__file__).parents[1] / "run" / "data" / "format-1"
MANIFEST = tomllib.loads((OLD / "run.toml").read_text())
PATHS = [
    (table, key)
    for table, value in MANIFEST.items()
    for key in (value if isinstance(value, dict) else [None])
]


@given(st.lists(st.tuples(st.sampled_from(PATHS), VALUE | st.none()), min_size=1, max_size=3))
@fuzzed(150)
def test_a_run_toml_that_somebody_edited(changes):
    changed = {name: dict(one) if isinstance(one, dict) else one for name, one in MANIFEST.items()}
    for (table, key), value in changes:
        where = (
            changed if key is None or not isinstance(changed.get(table), dict) else changed[table]
        )
        name = table if where is changed else key
        if value is None:
            where.pop(name, None)
        else:
            where[name] = value
    with tempfile.TemporaryDirectory() as folder:
        run = Path(folder, "run")
        shutil.copytree(OLD, run)
        (run / "run.toml").write_text(tomli_w.dumps(changed), encoding="utf-8")
        try:
            json.dumps(read_status(run))
            read_stored(read_manifest(run), str(run))
        except MagpieError as error:
            assert error.exit_code == 5  # noqa: PT017


FLAG = st.sampled_from(sorted(PLACES))


@given(st.dictionaries(FLAG, ANY_TEXT | st.integers() | st.floats() | st.booleans(), max_size=3), st.lists(ANY_TEXT.map(lambda text: f"a={text}") | ANY_TEXT, max_size=2))  # fmt: skip
@fuzzed(150)
def test_flags_of_any_value(flags, options):
    try:
        assert isinstance(build_recipe(None, flags, tuple(options)), Recipe)
    except MagpieError as error:
        assert error.exit_code == 2  # noqa: PT017


PIECES = st.lists(
    st.sampled_from(["math", "=", "2", ",", ":", "1.0", "-1", "nan", "inf", "1e999", " ", "quality", ">=", "good", "and", "'", "!=", "%", "9" * 40])
    | st.text(max_size=4),
    max_size=8,
).map("".join)  # fmt: skip


@given(PIECES)
@fuzzed(200)
def test_the_small_languages_of_options(text):
    for read in (
        parse_weights,
        make_schedule,
        parse_conditions,
        lambda one: parse_naming((one,)),
        parse_balance,
        lambda one: parse_quotas((one,)),
        lambda one: take_limits({"price_per_million": one}),
    ):
        try:
            read(text)
        except MagpieError as error:
            assert error.exit_code == 2  # noqa: PT017
