"""The cleaner keeps its contract, and Qwen3 names it."""

from __future__ import annotations

from magpie_adapter_qwen import FAMILIES, QWEN3, Qwen3SwitchCleaner
from magpie_core.testing.contracts.cleaner import CleanerContract


class TestQwen3Switch(CleanerContract):
    cleaner = Qwen3SwitchCleaner
    cleans = {
        "How do tides work? /no_think": "How do tides work?",
        "How do tides work? /think\n": "How do tides work?",
        "How do tides work?\n\n/no_think": "How do tides work?",
        "How do tides work?/no_think": "How do tides work?",
        "潮汐是怎么形成的？/no_think": "潮汐是怎么形成的？",
        "Solve it /think /no_think  /think": "Solve it",
        "/no_think": None,
        " /think /no_think ": None,
        "What does /think do in Qwen3?": "What does /think do in Qwen3?",
        "Describe it./no_think": "Describe it.",
        "/no_think What is a tide?": "What is a tide?",
        "/think\n潮汐是什么？": "潮汐是什么？",
        "<think>\n\n</think>\n\nWhat is a tide? /no_think": "What is a tide?",
        "<think>\n\n</think>": None,
        "<think>\nA tide.\n</think>\nWhat?": "<think>\nA tide.\n</think>\nWhat?",
        "/think is slow, why?": "/think is slow, why?",
        "Permission denied after cd /think": "Permission denied after cd /think",
        "Write an endpoint for GET /think": "Write an endpoint for GET /think",
        "What is the effect of typing /no_think": "What is the effect of typing /no_think",
        "Which is better: /think or /no_think": "Which is better: /think or /no_think",
        "What is in /srv/think": "What is in /srv/think",
        "Run ./think": "Run ./think",
        "Visit example.com/no_think": "Visit example.com/no_think",
        "Do not overthink": "Do not overthink",
        "Explain /thinking": "Explain /thinking",
        "  no switch, so nothing is touched \n": "  no switch, so nothing is touched \n",
    }

    def test_is_linear_in_switches(self) -> None:
        assert self.clean("Go" + " /no_think\n" * 100_000) == "Go"


def test_only_qwen3_needs_it() -> None:
    assert QWEN3.cleaners == (Qwen3SwitchCleaner.name,)
    assert [family.name for family in FAMILIES if family.cleaners] == ["qwen3"]
    assert not Qwen3SwitchCleaner.default
