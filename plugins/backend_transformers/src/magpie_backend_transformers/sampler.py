"""From logits to token ids, for all rows at once. Knows no model and no cache.

Every row is treated by itself: its filters become one cut-off logit, the tokens below it get no
weight, and the row's own uniform number picks from the cumulated weights in the order of token ids.
So the way a row is sampled does not depend on what the other rows ask for.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from magpie_backend_transformers.penalties import Penalties
from magpie_backend_transformers.random_numbers import uniforms
from magpie_backend_transformers.rows import Rows

SORTED_AT_FIRST = 1024
"""How many of the likeliest tokens top_p looks at before it sorts the whole vocabulary."""


class Sampler:
    """Draws the next token of each row."""

    def __init__(self, device: torch.device) -> None:
        # MPS has no float64, so there the logits come over
        self.device = torch.device("cpu") if device.type == "mps" else device
        self._penalties = Penalties(self.device)

    def draw(self, logits: Tensor, rows: Rows) -> list[int]:
        """Next token of each active row, -1 where the logits are not numbers.

        Args:
            logits: one row per active slot; overwritten.
            rows: the state of the rows.
        """
        active = rows.active
        scores = logits.to(self.device, torch.float32)
        scores = self._penalties.apply(scores, rows)
        for slot in np.flatnonzero(rows.position[:active] == 0).tolist():
            _first_token(scores, slot, rows)
        temperature = rows.temperature[:active]
        sampled = np.flatnonzero(temperature > 0)
        if len(sampled) == active:
            return _as_list(self._sample(scores, rows, sampled))
        best, tokens = scores.max(dim=1)
        tokens = tokens.masked_fill(~best.isfinite(), -1)
        if len(sampled):
            index = torch.from_numpy(sampled).to(self.device)
            tokens[index] = self._sample(scores[index], rows, sampled)
        return _as_list(tokens)

    def _sample(self, scores: Tensor, rows: Rows, slots: np.ndarray) -> Tensor:
        scores = scores / self._column(rows.temperature[slots])
        top_k, top_p, min_p = rows.top_k[slots], rows.top_p[slots], rows.min_p[slots]
        numbers = self._column(uniforms(rows.seed[slots], rows.position[slots]))
        filtered = np.flatnonzero((top_k > 0) | (top_p < 1.0) | (min_p > 0.0))
        if not len(filtered):
            return pick(scores, numbers)
        cut = scores.new_full((len(slots), 1), -torch.inf)
        index = torch.from_numpy(filtered).to(self.device)
        cut[index] = cut_off(
            scores[index],
            self._column(top_k[filtered]),
            self._column(top_p[filtered]),
            self._column(min_p[filtered]),
        )
        return pick(scores.masked_fill(scores < cut, -torch.inf), numbers)

    def _column(self, values: np.ndarray) -> Tensor:
        return torch.from_numpy(values).to(self.device).unsqueeze(1)

    def move(self, source: int, target: int, rows: Rows) -> None:
        """Follow a row that moved from ``source`` to ``target``."""
        self._penalties.move(source, target)


def _first_token(scores: Tensor, slot: int, rows: Rows) -> None:
    request = rows.requests[slot]
    rule = request.sampling.first_token
    if rule is None:
        return
    if rule.divide_logits != 1.0:
        scores[slot] /= rule.divide_logits
    if request.banned_first:
        scores[slot, list(request.banned_first)] = -torch.inf


def _as_list(tokens: Tensor) -> list[int]:
    listed: list[int] = tokens.tolist()
    return listed


def pick(scores: Tensor, numbers: Tensor) -> Tensor:
    """Pick from softmax(scores) by inverting the cumulated weights at ``numbers`` in [0, 1).

    Returns:
        one token id per row; -1 where a row has no finite weight.
    """
    weights = (scores - scores.amax(dim=1, keepdim=True)).exp_()
    cumulated = weights.cumsum(dim=1, dtype=torch.float64)
    total = cumulated[:, -1:]
    # right=True: the first token whose cumulated weight exceeds the number, so never one of weight 0
    tokens = torch.searchsorted(cumulated, numbers * total, right=True)
    tokens = tokens.clamp_(max=scores.shape[1] - 1)
    return tokens.masked_fill(~total.isfinite(), -1).squeeze(1)


def cut_off(scores: Tensor, top_k: Tensor, top_p: Tensor, min_p: Tensor) -> Tensor:
    """The lowest logit that a token of each row may have: top_k, then top_p of those, then min_p.

    Args:
        scores: logits after the temperature, one row each.
        top_k: column of ints, 0 for all.
        top_p: column of shares, 1 for all.
        min_p: column of shares of the likeliest token's probability, 0 for all.
    """
    peak = scores.amax(dim=1, keepdim=True)
    cut = peak + min_p.to(scores.dtype).log()
    width = scores.shape[1]
    top_k = torch.where(top_k > 0, top_k, width).clamp_(max=width)
    limited = top_k < width
    wanted = int(torch.where(limited, top_k, 0).max())
    if (top_p < 1).any():
        wanted = max(wanted, min(SORTED_AT_FIRST, width))
    if wanted == 0:
        return cut
    ordered = scores.topk(wanted, dim=1).values
    k_cut = ordered.gather(1, top_k.clamp(max=wanted) - 1)
    cut = torch.where(limited, torch.maximum(cut, k_cut), cut)
    total = (scores - peak).exp_().sum(dim=1, keepdim=True, dtype=torch.float64)
    p_cut, covered = _top_p_cut(ordered, peak, total, top_k, top_p)
    cut = torch.maximum(cut, p_cut)
    if not bool(covered.all()):
        rest = (~covered).squeeze(1).nonzero().squeeze(1)
        ordered = scores[rest].sort(dim=1, descending=True).values
        p_cut, _ = _top_p_cut(ordered, peak[rest], total[rest], top_k[rest], top_p[rest])
        cut[rest] = torch.maximum(cut[rest], p_cut)
    return cut


def _top_p_cut(
    ordered: Tensor, peak: Tensor, total: Tensor, top_k: Tensor, top_p: Tensor
) -> tuple[Tensor, Tensor]:
    """Cut-off of top_p on the likeliest tokens, and whether those were enough to find it."""
    width = ordered.shape[1]
    ranks = torch.arange(width, device=ordered.device)
    weights = (ordered - peak).exp_().double().masked_fill_(ranks >= top_k, 0.0)
    mass = weights.cumsum(dim=1)
    total = torch.where(top_k <= width, mass[:, -1:], total)
    kept = (mass - weights < top_p.double() * total).sum(dim=1, keepdim=True).clamp_(min=1)
    cut = ordered.gather(1, kept - 1)
    unlimited = top_p >= 1
    covered = unlimited | (top_k <= width) | (mass[:, -1:] >= top_p.double() * total)
    return cut.masked_fill(unlimited | ~covered, -torch.inf), covered
