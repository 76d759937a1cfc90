"""Toy tokenizers with the special tokens of these families."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from magpie_core.testing import toys


@pytest.fixture
def byte_level() -> Callable[..., Any]:
    """Builds a byte-level BPE that knows a BOS, as Yi does."""
    return partial(toys.byte_level, bos="<|startoftext|>", eos="<|im_end|>")


@pytest.fixture
def own_template() -> Callable[[str], str]:
    """Reads a template written for these tests."""
    return toys.templates_beside(__file__)
