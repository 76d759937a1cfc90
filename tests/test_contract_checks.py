"""The contracts: what each asks for now, what they share, and that a new check is a minor release."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import subprocess
import sys
import textwrap
import tomllib
from pathlib import Path

import pytest

import magpie_core
from magpie_core import Filter, hookspecs
from magpie_core.builtin.filters.length import LengthFilter
from magpie_core.testing import contracts
from magpie_core.testing.contracts.contract import Contract
from magpie_core.testing.contracts.filter import FilterContract

LISTED = Path(__file__).with_name("contract_checks.toml")
ROLES = {
    "magpie_register_families": {"FamilyContract"},
    "magpie_guess_family": {"GuessContract"},
    "magpie_register_filters": {"CleanerContract", "FilterContract"},
    "magpie_register_taggers": {"TaggerContract"},
    "magpie_register_pickers": {"PickerContract"},
    "magpie_register_figures": {"FigureContract"},
    "magpie_register_strategies": {"StrategyContract"},
    "magpie_register_backends": {"BackendContract", "ScoreContract"},
    "magpie_register_exporters": {"ExporterContract"},
    "magpie_register_runners": {"RunnerContract"},
}
PLAIN_DATA = {"magpie_register_logits_processors", "magpie_register_models"}
"""Hooks whose objects are data: msgspec checks them when they are made."""


def every_contract() -> dict[str, type[Contract]]:
    found = {}
    for module in pkgutil.iter_modules(contracts.__path__):
        for name, one in vars(
            importlib.import_module(f"{contracts.__name__}.{module.name}")
        ).items():
            if inspect.isclass(one) and issubclass(one, Contract) and one is not Contract:
                found[name] = one
    return found


def checks(contract: type[Contract]) -> list[str]:
    return sorted(name for name in dir(contract) if name.startswith("test_"))


def test_every_role_has_a_contract():
    names = {name for name in vars(hookspecs) if name.startswith("magpie_")}
    assert names == set(ROLES) | PLAIN_DATA
    assert set().union(*ROLES.values()) == set(every_contract())


def test_a_new_check_is_a_minor_release():
    """What is listed for this minor version is what plugins were promised; more comes with the next one."""
    listed = tomllib.loads(LISTED.read_text("utf-8"))
    now = {name: checks(one) for name, one in sorted(every_contract().items())}
    minor = ".".join(magpie_core.__version__.split(".")[:2])
    assert listed == {"version": minor, "checks": now}, (
        "the contracts' checks have changed: raise magpie-core's minor version, then write "
        "tests/contract_checks.toml anew with `python tests/write_contract_checks.py`, and say in CHANGELOG.md "
        "what plugins must do (while a minor version is not released yet, its list may still change)"
    )


@pytest.mark.parametrize("name", sorted(every_contract()))
def test_every_check_explains_itself(name):
    """Each assertion in a contract has a message: what was found, and what to do about it."""
    module = inspect.getmodule(every_contract()[name])
    assert module is not None
    tests = [
        node
        for node in ast.walk(ast.parse(inspect.getsource(module)))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.name.startswith("test_")
    ]
    assert tests
    bare = [
        ast.unparse(node)
        for test in tests
        for node in ast.walk(test)
        if isinstance(node, ast.Assert) and node.msg is None
    ]
    assert not bare


class TestExcused(FilterContract):
    """Inherits a contract and leaves one check out: pytest shows the reason."""

    filter = LengthFilter
    keeps = ["Why is the sky blue?"]
    rejects = {"": "too_short"}
    excused = {
        "test_is_linear_in_gigantic_texts": "its time is checked in tests/builtin, once is enough"
    }


def test_a_check_is_left_out_only_with_a_reason(run_check):
    said = run_check(
        """
        excused = {"test_keeps_what_it_should": "the texts are not written yet"}
        """
    )
    assert "SKIPPED" in said
    assert "the texts are not written yet" in said


@pytest.fixture
def run_check(tmp_path):
    """Runs one check of a filter's contract in a pytest of its own."""

    def run(body: str) -> str:
        head = (
            "from magpie_core.builtin.filters.length import LengthFilter\n"
            "from magpie_core.testing.contracts.filter import FilterContract\n\n\n"
            "class TestIt(FilterContract):\n    filter = LengthFilter\n"
        )
        (tmp_path / "test_it.py").write_text(
            head + textwrap.indent(textwrap.dedent(body), "    "), "utf-8"
        )
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-rs", "-k", "keeps_what", "-p", "no:cacheprovider"],
            cwd=tmp_path,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stdout
        return done.stdout

    return run


@pytest.mark.parametrize(
    ("excused", "message"),
    [
        ({"test_no_such_check": "there is no such check"}, "no check of it"),
        ({"make": "this is not a check"}, "no check of it"),
        ({"test_keeps_what_it_should": "flaky"}, "in a sentence"),
    ],
)
def test_an_excuse_without_a_reason_is_refused(excused, message):
    with pytest.raises(TypeError, match=message):
        type("Excused", (FilterContract,), {"filter": Filter, "excused": excused})


@pytest.mark.parametrize("name", sorted(every_contract()))
def test_no_contract_lets_a_check_be_replaced(name):
    contract = every_contract()[name]
    check = checks(contract)[0]
    with pytest.raises(TypeError, match="replaces a check of"):
        type("Easy", (contract,), {check: lambda self: None})
