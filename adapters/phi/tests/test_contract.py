"""Every family keeps the contract: golden renderings, stops, names, guesses, token boundaries."""

from __future__ import annotations

from typing import Any, ClassVar

import pytest

from magpie_adapter_phi import (
    FAMILIES,
    PHI3_MEDIUM,
    PHI3_MINI,
    PHI3_SMALL,
    PHI4,
    PHI4_MINI,
    PHI35_MINI,
)
from magpie_core.testing.contracts.family import FamilyContract


class ByteLevel(FamilyContract):
    """With the family's stop tokens as special tokens of a toy vocabulary."""

    swallows: ClassVar[bool] = True
    """Whether they take the white space behind them, as the released ones do."""

    @pytest.fixture(autouse=True)
    def _build(self, byte_level: Any) -> None:
        self.toy = byte_level(special=self.family.stop_tokens, swallows=self.swallows)

    def tokenizer(self) -> Any:
        return self.toy


class TestPhi3Mini(ByteLevel):
    family = PHI3_MINI
    goldens = ("microsoft__Phi-3-mini-4k-instruct", "microsoft__Phi-3-mini-128k-instruct")


class TestPhi3Medium(ByteLevel):
    family = PHI3_MEDIUM
    goldens = ("microsoft__Phi-3-medium-128k-instruct",)


class TestPhi35Mini(ByteLevel):
    family = PHI35_MINI
    goldens = ("microsoft__Phi-3.5-mini-instruct",)


class TestPhi3Small(ByteLevel):
    family = PHI3_SMALL
    goldens = ("microsoft__Phi-3-small-8k-instruct",)
    swallows = False


class TestPhi4(ByteLevel):
    family = PHI4
    goldens = ("microsoft__phi-4",)


class TestPhi4Mini(ByteLevel):
    family = PHI4_MINI
    goldens = ("microsoft__Phi-4-mini-instruct",)


def test_every_family_is_under_contract() -> None:
    tested = {
        one.family.name for one in globals().values() if "family" in getattr(one, "__dict__", {})
    }
    assert tested == {family.name for family in FAMILIES}


def test_no_name_is_used_twice() -> None:
    names = [name for family in FAMILIES for name in (family.name, *family.aliases)]
    assert sorted(names) == sorted(set(names))
