"""The processor as a server loads it: from its text alone, without our package."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
from types import SimpleNamespace
from typing import Any

import pytest

pytest.importorskip("torch")

import torch

from magpie_backend_sglang import first_token
from magpie_core import FirstTokenRule


def loaded() -> Any:
    """As SGLang's ``CustomLogitProcessor.from_str`` does, which reads plain pickles too."""
    return pickle.loads(bytes.fromhex(json.loads(first_token.processor())["callable"]))()


def request(sampled: int = 0, steps: int = 0) -> SimpleNamespace:
    return SimpleNamespace(output_ids=[7] * sampled, decode_batch_idx=steps)


def test_rows_are_judged_one_by_one() -> None:
    logits = torch.arange(20.0).reshape(5, 4)
    params = [
        {"ban": [1, 2], "divide": 1.0, "__req__": request()},
        {"ban": [], "divide": 4.0, "__req__": request()},
        {"ban": [0], "divide": 2.0, "__req__": request(sampled=1)},
        {"ban": [0], "divide": 2.0, "__req__": request(steps=1)},  # sampled, not noted yet
        {"ban": [3], "divide": 2.0, "__req__": SimpleNamespace(output_ids=[])},  # another version
    ]
    found = loaded()(logits.clone(), params)
    assert found[0].tolist() == [0.0, -torch.inf, -torch.inf, 3.0]
    assert found[1].tolist() == [1.0, 1.25, 1.5, 1.75]
    assert torch.equal(found[2:4], logits[2:4])
    assert found[4].tolist() == [8.0, 8.5, 9.0, -torch.inf]


def test_it_loads_where_nothing_of_ours_is_installed() -> None:
    code = (
        "import json, pickle, sys\n"
        "made = pickle.loads(bytes.fromhex(json.load(sys.stdin)['callable']))\n"
        "assert not [name for name in sys.modules if 'magpie' in name]\n"
        "print(made().__class__.__name__)\n"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code],
        input=first_token.processor(),
        capture_output=True,
        text=True,
    )
    assert (done.stdout, done.stderr) == ("FirstToken\n", "")


def test_ids_outside_the_vocabulary_never_reach_the_engine() -> None:
    rule = FirstTokenRule(
        name="r", ban=("one", "two words"), ban_ids=(5, 99, -1), divide_logits=2.0
    )
    tokens = {"one": [3], "two words": [1, 2]}
    assert first_token.parameters(rule, tokens.__getitem__, 10) == {"ban": [5, 3], "divide": 2.0}
