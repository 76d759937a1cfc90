"""The tagger and its options. Rows are made and scored next door."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from typing import Annotated, Any, ClassVar, Literal

from msgspec import Meta

from magpie_core import MissingEngineError, Record, TagError, Tagger, TaggerEngine
from magpie_tagger_ifd.rows import AFTER_INSTRUCTION, Pair, pair_of
from magpie_tagger_ifd.scorer import find_checkpoint, open_scorer

_ONE_AT_A_TIME = ThreadPoolExecutor(1, thread_name_prefix="ifd")
"""A model works on one batch at a time anyway, and memory holds one. The others wait where they can be
cancelled: Ctrl-C waits for the one at work only."""


class IfdTagger(Tagger):
    """Measures how little an instruction helps to predict its response: instruction-following difficulty.

    The response is scored twice by a causal model, once after the instruction and once by itself. With
    L the mean cross-entropy of its tokens:

    - ``ifd`` is L(response | instruction) / L(response), as Li et al. define it (arXiv 2308.12032) and their
      script computes it;
    - ``ifd_ppl`` is the ratio of the perplexities, exp L(response | instruction) / exp L(response): what
      the same authors' work with small models stores (Superfiltering, arXiv 2402.00530).

    Both are small where the instruction says what will be answered, and higher where it helps less, which
    they read as harder. Above 1 it misleads: instruction and response do not belong together.
    """

    name: ClassVar[str] = "ifd"
    schema: ClassVar[dict[str, Any]] = {
        "type": "object",
        "properties": {
            "ifd": {"type": "number", "description": "ratio of mean losses"},
            "ifd_ppl": {"type": "number", "description": "ratio of perplexities"},
            "ifd_model": {"type": "string", "description": "the checkpoint that predicted"},
        },
        "required": ["ifd", "ifd_ppl", "ifd_model"],
        "additionalProperties": False,
    }
    needs: ClassVar[Literal["answer", "score"] | None] = None
    """None of the engines: they give no token's probability. It opens its checkpoint itself."""
    looks_at: ClassVar[Literal["instruction", "response"]] = "response"
    batch: ClassVar[int] = 32

    checkpoint: str = ""
    """A causal model: a folder, a hub id or a short name. Must be given; a small one will do."""
    device: str = "auto"
    """Where it runs: auto, cpu, cuda, cuda:1, mps."""
    max_tokens: Annotated[int, Meta(ge=8)] = 1024
    """Most tokens of instruction and response together; what is left of the response is cut. The
    checkpoint's context is the bound where it is less."""

    def settings(self) -> dict[str, Any]:
        """The weights, and how instruction and response are joined.

        Raises:
            UsageError: no checkpoint is named.
            MissingEngineError: torch is not installed.
            CheckpointError: the checkpoint cannot be opened.
        """
        if find_spec("torch") is None:
            raise MissingEngineError(
                f"tagger `{self.name}` runs its checkpoint with torch, which is not installed",
                hint="pip install 'magpie-tagger-ifd[engine]'",
            )
        opened = find_checkpoint(self.checkpoint)
        weights = {} if opened.weights is None else {"weights": opened.weights}
        return {"joined_by": AFTER_INSTRUCTION, **weights}

    async def tag(
        self, records: Sequence[Record], engine: TaggerEngine | None
    ) -> list[dict[str, Any] | TagError]:
        """One answer for each record; none where there is no response, or no room for it.

        Raises:
            EngineDeadError: the checkpoint cannot be loaded, or memory is too small.
        """
        if not records:
            return []
        return await asyncio.get_running_loop().run_in_executor(_ONE_AT_A_TIME, self._tag, records)

    def _tag(self, records: Sequence[Record]) -> list[dict[str, Any] | TagError]:
        scorer = open_scorer(self.checkpoint, self.device)
        limit = min(self.max_tokens, scorer.context or self.max_tokens)
        pairs = [_pair(record, scorer.tokenizer, limit) for record in records]
        good = [one for one in pairs if isinstance(one, Pair)]
        losses = iter(scorer.losses([row for pair in good for row in pair]))
        return [
            one if isinstance(one, TagError) else self._columns(next(losses), next(losses))
            for one in pairs
        ]

    def _columns(self, conditioned: float, direct: float) -> dict[str, Any] | TagError:
        """The columns of one record, from its two mean losses."""
        if not (math.isfinite(conditioned) and math.isfinite(direct) and direct > 0):
            return TagError(
                f"mean losses {conditioned} with the instruction and {direct} without give no ratio"
            )
        return {
            "ifd": conditioned / direct,
            "ifd_ppl": math.exp(conditioned - direct),
            "ifd_model": self.checkpoint,
        }


def _pair(record: Record, tokenizer: Any, limit: int) -> Pair | TagError:
    try:
        return pair_of(record.instruction, record.response, tokenizer, limit)
    except TagError as error:
        return error
