"""Mean losses of rows of token ids under a causal model. Imports torch only when a checkpoint is opened."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from magpie_core import Checkpoint, EngineDeadError, EngineSettings, MagpieError, UsageError
from magpie_core.opening import open_named
from magpie_core.plugins import load_plugins
from magpie_tagger_ifd.rows import Row

if TYPE_CHECKING:
    from magpie_backend_transformers.loading import Loaded

LOGITS = 2**28
"""Numbers a forward pass may return: 1 GiB in float32. Rows with more pass alone."""


class Scorer:
    """A loaded checkpoint that says how surprised it is."""

    def __init__(self, loaded: Loaded) -> None:
        self._model = loaded.model
        self._device = loaded.device
        self._vocabulary = loaded.vocabulary
        self.tokenizer = loaded.tokenizer
        self.context = loaded.context

    def losses(self, rows: Sequence[Row]) -> list[float]:
        """For each row the mean cross-entropy of its scored tokens, in nats.

        Raises:
            EngineDeadError: a row does not fit into the memory of the device.
        """
        import torch

        found = [0.0] * len(rows)
        with torch.inference_mode():
            for batch in self._batches(rows):
                try:
                    mean = self._forward([rows[place] for place in batch])
                except torch.OutOfMemoryError as error:
                    raise EngineDeadError(
                        f"a row of {len(rows[batch[0]].ids)} tokens does not fit into the memory of "
                        f"`{self._device}`",
                        hint="in the recipe: [taggers.ifd] max_tokens = 512",
                    ) from error
                for place, loss in zip(batch, mean, strict=True):
                    found[place] = loss
        return found

    def _batches(self, rows: Sequence[Row]) -> Iterator[list[int]]:
        """Places of rows of like length, the longest first, as many as ``LOGITS`` allows."""
        batch: list[int] = []
        for place in sorted(range(len(rows)), key=lambda place: -len(rows[place].ids)):
            longest = len(rows[batch[0]].ids) if batch else 0
            if batch and (len(batch) + 1) * longest * self._vocabulary > LOGITS:
                yield batch
                batch = []
            batch.append(place)
        if batch:
            yield batch

    def _forward(self, rows: Sequence[Row]) -> list[float]:
        import torch

        longest = len(rows[0].ids)
        # Padding stands at the end, where no token before it can see it.
        ids = torch.tensor([[*row.ids, *[0] * (longest - len(row.ids))] for row in rows])
        mask = torch.tensor([[1] * len(row.ids) + [0] * (longest - len(row.ids)) for row in rows])
        logits = self._model(
            input_ids=ids.to(self._device), attention_mask=mask.to(self._device), use_cache=False
        ).logits
        return [self._loss(logits[place], ids[place], row) for place, row in enumerate(rows)]

    def _loss(self, logits: Any, ids: Any, row: Row) -> float:
        import torch

        end = len(row.ids)
        begin = end - row.scored
        said = logits[begin - 1 : end - 1].float()
        return float(torch.nn.functional.cross_entropy(said, ids[begin:end].to(said.device)))


def find_checkpoint(name: str) -> Checkpoint:
    """The tokenizer and configuration of a checkpoint: a folder, a hub id or a short name.

    Raises:
        UsageError: ``name`` is empty.
        CheckpointError: it cannot be opened.
    """
    if not name:
        raise UsageError(
            "tagger `ifd` has no checkpoint to predict with",
            hint='in a recipe: [taggers.ifd] checkpoint = "openai-community/gpt2"',
        )
    return open_named(name, load_plugins().models(), trust_remote_code=False)


@lru_cache(maxsize=1)
def open_scorer(name: str, device: str) -> Scorer:
    """The scorer of a checkpoint; the last one opened stays in memory.

    Args:
        name: see ``find_checkpoint``.
        device: ``auto``, ``cpu``, ``cuda`` …

    Raises:
        EngineDeadError: it cannot be opened; no record would fare better.
    """
    from magpie_backend_transformers.loading import load

    try:
        path = find_checkpoint(name).path
        return Scorer(load(EngineSettings(checkpoint=path, device=device)))
    except MagpieError as error:
        raise EngineDeadError(error.message, hint=error.hint) from error
