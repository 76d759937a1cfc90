"""The effective batch stays what was published, on any number of GPUs that can make it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from magpie_core.training.batch import Batch, batch_for
from magpie_core.training.hyperparameters import Dpo, Sft
from magpie_core.training.presets import PRESETS


@pytest.mark.parametrize(
    ("gpus", "expected"),
    [(0, Batch(1, 32, 1)), (1, Batch(1, 32, 1)), (4, Batch(1, 8, 4)), (8, Batch(1, 4, 8))],
)
def test_the_papers_batch_of_fine_tuning(gpus, expected):
    assert batch_for(Sft().effective_batch, Sft().micro_batch, gpus) == expected


def test_the_published_batches_on_four_gpus():
    """2 x 16 x 4 for preferences, 1 x 16 x 4 for the released Llama-3.1-8B, as their recipes have it."""
    assert batch_for(Dpo().effective_batch, Dpo().micro_batch, 4) == Batch(2, 16, 4)
    preset = PRESETS["llama-3.1-8b"]
    sft, dpo = preset.numbers["sft"], preset.numbers["dpo"]
    assert batch_for(sft.effective_batch, sft.micro_batch, preset.gpus) == Batch(1, 16, 4)
    assert batch_for(dpo.effective_batch, dpo.micro_batch, preset.gpus) == Batch(2, 16, 4)


def test_a_smaller_micro_batch_keeps_the_effective_one():
    assert batch_for(6, 4, 1) == Batch(3, 2, 1)
    assert batch_for(3, 2, 3) == Batch(1, 1, 3)


def test_the_nearest_where_none_fits():
    assert batch_for(32, 1, 3).effective == 33
    assert batch_for(4, 2, 8) == Batch(1, 1, 8)


@given(st.integers(1, 1024), st.integers(1, 16), st.integers(0, 64))
def test_it_is_never_further_off_than_the_devices_force(wanted, micro, gpus):
    made = batch_for(wanted, micro, gpus)
    assert 1 <= made.micro <= micro
    assert made.accumulation >= 1
    assert made.devices == max(gpus, 1)
    if wanted % made.devices == 0:
        assert made.effective == wanted
    elif wanted > made.devices:
        assert abs(made.effective - wanted) <= made.micro * made.devices
