"""Pairs by a reward checkpoint on a real engine: sampled, rated, and the rewards those of transformers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from magpie_core.dataset.columns import read_added

pytestmark = pytest.mark.engine

ASKED = (
    "Write a short story about a boat.",
    "Name three animals.",
    "Give me two tips for a good night's sleep.",
    "Describe the sea.",
)
TOLERANCE = 1e-4


def test_pairs_on_a_real_engine(
    reward: Path, scoring_backend: str, magpie: Any, talks: Any, tmp_path: Path
) -> None:
    from transformers import AutoTokenizer

    from magpie_tiny import CHECKPOINT
    from magpie_tiny.reward import expected_scores

    source = talks(*((one, "An answer that was there.") for one in ASKED))
    engine = ["--checkpoint", CHECKPOINT, "--backend", scoring_backend, "--dtype", "float32"]
    threads = ["threads=1"] if scoring_backend == "transformers" else []
    for one in threads:
        engine += ["--engine-option", one, "--reward-option", one]
    call = ("prefer", source, "--samples", 4, "--reward", reward, "--reward-dtype", "float32")
    code, out, err = magpie(*call, "--max-response-tokens", 64, "--json", *engine)
    assert code == 0, err
    document = json.loads(out)
    assert document["rewards"]["done"] == len(ASKED)
    place = Path(f"{source}.magpie") / "preferences" / "preferred"
    found = [one.columns for one in read_added(place)]
    tokenizer = AutoTokenizer.from_pretrained(reward)
    for columns in found:
        prompts = [
            tokenizer.apply_chat_template(
                [*columns["prompt"], {"role": "assistant", "content": text}],
                tokenize=True,
                return_dict=False,
            )
            for text in columns["responses"]
        ]
        expected = expected_scores(reward, prompts)
        for given, objection, [wanted] in zip(
            columns["rewards"], columns["objections"], expected, strict=True
        ):
            assert given == (None if objection else pytest.approx(wanted, abs=TOLERANCE))
        if columns["pair"] is not None:
            rated = [one for one in columns["rewards"] if one is not None]
            assert columns["chosen_reward"] == max(rated) > min(rated) == columns["rejected_reward"]
            assert columns["chosen"] != columns["rejected"]
    assert document["pairs"] == sum(one["pair"] is not None for one in found) >= 2
    code, out, err = magpie(*call, "--max-response-tokens", 64, "--json", *engine)
    assert code == 0, err
    assert json.loads(out)["tokens"] == 0
