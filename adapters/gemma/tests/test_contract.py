"""Every family keeps the contract: golden renderings, stops, names, guesses, token boundaries."""

from __future__ import annotations

from typing import Any

import pytest

from magpie_adapter_gemma import FAMILIES, GEMMA2, GEMMA3, GEMMA4, GEMMA11
from magpie_core.testing.contracts.family import FamilyContract


class ByteLevel(FamilyContract):
    """With the family's stop tokens as special tokens of a toy vocabulary."""

    @pytest.fixture(autouse=True)
    def _build(self, byte_level: Any) -> None:
        self.toy = byte_level(special=self.family.stop_tokens)

    def tokenizer(self) -> Any:
        return self.toy


class TestGemma11(ByteLevel):
    family = GEMMA11
    goldens = ("google__gemma-2b-it", "google__gemma-7b-it")


class TestGemma2(ByteLevel):
    family = GEMMA2
    goldens = ("google__gemma-2-2b-it",)


class TestGemma3(ByteLevel):
    family = GEMMA3
    goldens = ("google__gemma-3-1b-it", "google__gemma-3-4b-it")


class TestGemma4(ByteLevel):
    family = GEMMA4
    goldens = ("google__gemma-4-E2B-it", "unsloth.gemma-4-edge", "unsloth.gemma-4")
    known_exceptions = {
        "unsloth.gemma-4": "the large checkpoints' template opens every answer with an empty thought "
        "channel; the family follows the small ones",
    }


def test_every_family_is_under_contract() -> None:
    tested = {
        one.family.name for one in globals().values() if "family" in getattr(one, "__dict__", {})
    }
    assert tested == {family.name for family in FAMILIES}


def test_no_name_is_used_twice() -> None:
    names = [name for family in FAMILIES for name in (family.name, *family.aliases)]
    assert sorted(names) == sorted(set(names))
