"""Responses with reasoning in them pass the default filters as others do; they are stored whole."""

from __future__ import annotations

import pytest

from magpie_core.filters import Draft
from magpie_core.judges import make_judges
from magpie_core.plugins import load_plugins
from magpie_core.run.recipe import Recipe

THOUGHT = "Okay, the user asks for three rivers.\n\nWait, one in each continent? No: any three.\n"
ANSWER = "1. The Nile\n2. The Danube\n3. The Mekong"


@pytest.mark.parametrize(
    "response",
    [
        f"<think>\n{THOUGHT}</think>\n\n{ANSWER}",  # the model opened it (Qwen3)
        f"{THOUGHT}</think>\n\n{ANSWER}",  # the prompt opened it (R1, QwQ, Qwen3.5)
        f"<think>\n\n</think>\n\n{ANSWER}",  # an empty one
        f"thought\n{THOUGHT}{ANSWER}",  # Gemma 4: the channel's tokens are special and go
        ANSWER,
    ],
    ids=["opened", "closed only", "empty", "channel", "none"],
)
def test_a_response_with_reasoning_is_kept(response: str) -> None:
    judges = make_judges(Recipe(), None, load_plugins())
    draft = Draft(index=0, instruction="List three rivers.", response=response)
    assert judges.response(draft) is None
    assert draft.response == response


def test_reasoning_that_was_cut_is_turned_down() -> None:
    judges = make_judges(Recipe(), None, load_plugins())
    draft = Draft(
        index=0, instruction="Hi.", response=f"<think>\n{THOUGHT}", finish_reason="length"
    )
    found = judges.response(draft)
    assert found is not None
    assert found.reason == "no_stop"
