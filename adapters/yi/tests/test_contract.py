"""The family keeps the contract: golden renderings, stops, names, guesses, token boundaries."""

from __future__ import annotations

from typing import Any

import pytest

from magpie_adapter_yi import FAMILIES, YI15
from magpie_core.testing.contracts.family import FamilyContract


class TestYi15(FamilyContract):
    family = YI15
    goldens = ("01-ai__Yi-1.5-34B-Chat",)

    @pytest.fixture(autouse=True)
    def _build(self, byte_level: Any) -> None:
        self.toy = byte_level(special=self.family.stop_tokens)

    def tokenizer(self) -> Any:
        return self.toy


def test_every_family_is_under_contract() -> None:
    assert [family.name for family in FAMILIES] == [TestYi15.family.name]
