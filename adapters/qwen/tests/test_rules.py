"""The first-token rule of Qwen2.5-Math."""

from __future__ import annotations

from magpie_adapter_qwen import FAMILIES, FLAMING, QWEN25_MATH
from magpie_core.plugins import load_plugins


def test_is_offered_under_the_name_the_family_uses() -> None:
    assert QWEN25_MATH.first_token_rule == FLAMING.name
    assert load_plugins().first_token_rules()[FLAMING.name] == FLAMING
    assert [family.name for family in FAMILIES if family.first_token_rule] == ["qwen2.5-math"]


def test_it_flattens_and_bans_nothing() -> None:
    assert FLAMING.divide_logits == 1.2
    assert FLAMING.banned_ids(lambda text: [1]) == ()
