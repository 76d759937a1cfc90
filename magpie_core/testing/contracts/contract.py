"""What all contracts share: no check is replaced or left out in silence. Knows no role."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar, TypeVar

import msgspec
import pytest

SNAKE_CASE = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
T = TypeVar("T")
SHORTEST_REASON = 3
"""Words: fewer say that there is an excuse, not which."""


class Contract:
    """Base of every contract.

    An inherited check is left out by name, with a reason that pytest prints::

        class TestOracle(FilterContract):
            filter = OracleFilter
            excused = {"test_is_linear_in_gigantic_texts": "asks a service that takes 8,000 characters"}

    To replace one, mark the replacement with ``pytest.mark.xfail(reason=...)``; anything else is a TypeError
    when the class is made.
    """

    excused: ClassVar[Mapping[str, str]] = {}
    """Checks to skip, by name, each with a reason in a sentence."""

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if cls.__module__.startswith(__package__):  # a contract itself, which may ask for more
            return
        _refuse_quiet_overrides(cls)
        for check, reason in vars(cls).get("excused", {}).items():
            if not check.startswith("test_") or not callable(getattr(cls, check, None)):
                raise TypeError(f"{cls.__name__}.excused names `{check}`, which is no check of it")
            if len(reason.split()) < SHORTEST_REASON:
                raise TypeError(
                    f"{cls.__name__}.excused: say in a sentence why `{check}` is left out"
                )

    @pytest.fixture(autouse=True)
    def _skip_the_excused(self, request: pytest.FixtureRequest) -> None:
        reason = self.excused.get(getattr(request.node, "originalname", request.node.name))
        if reason:
            pytest.skip(reason)


def _refuse_quiet_overrides(subclass: type) -> None:
    contracts = [one for one in subclass.__mro__[1:] if one.__module__.startswith(__package__)]
    for name, value in vars(subclass).items():
        replaced = next((one for one in contracts if name in vars(one)), None)
        if not name.startswith("test_") or replaced is None:
            continue
        marks = getattr(value, "pytestmark", [])
        if not any(mark.name == "xfail" and mark.kwargs.get("reason") for mark in marks):
            raise TypeError(
                f"{subclass.__name__}.{name} replaces a check of {replaced.__name__}; mark it with "
                "pytest.mark.xfail(reason=...), or leave the check out with `excused`"
            )


def check_snake_case(name: str, what: str) -> None:
    """Fail unless ``name`` is in snake case; ``what`` it names comes first in the message."""
    assert SNAKE_CASE.fullmatch(name), (
        f"{what} `{name}` is not in snake_case: it is a key in recipes, folders and statistics, where "
        "other spellings would have to be quoted"
    )


def check_offered(
    offered: Mapping[str, object], one: type, broken: Iterable[object], hook: str
) -> None:
    """Fail unless an installed plugin offers the class ``one`` under its name, through ``hook``."""
    name = getattr(one, "name", None)
    problems = [str(getattr(info, "problem", "")) for info in broken]
    assert offered.get(str(name)) is one, (
        f"no installed plugin offers {one.__name__} as `{name}`: return the class from {hook} and install "
        f"the distribution (pip install -e .); broken plugins: {problems or 'none'}"
    )
    shared = [problem for problem in problems if f"`{name}`" in problem]
    assert not shared, f"two installed plugins offer `{name}`, and one is left out: {shared}"


def made(one: type[T], role: type, options: Mapping[str, Any]) -> T:
    """An object of the class ``one`` with ``options``, validated the way a run does it."""
    assert issubclass(one, role), (
        f"{one.__name__} is no {role.__name__}: class {one.__name__}({role.__name__})"
    )
    return msgspec.convert(dict(options), one)


def seconds(action: Callable[[], object]) -> float:
    """How much processor time ``action`` takes; other processes do not count."""
    start = time.process_time()
    action()
    return time.process_time() - start
