"""Toy tokenizers with the special tokens of these families."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from magpie_core.testing import toys


@pytest.fixture
def byte_level() -> Callable[..., Any]:
    """Builds a byte-level BPE with the BOS and EOS of Gemma."""
    return partial(toys.byte_level, bos="<bos>", eos="<eos>")
