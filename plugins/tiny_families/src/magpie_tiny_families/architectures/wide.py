"""Heads widened from 64 to 256 dimensions, so that normalising queries and keys changes nothing.

64 of the new dimensions hold a large constant (a bias). It dwarfs the rest, so the root mean square of
every head is the same, and dividing by it is undone by the norm's weight, which is zero for the new
dimensions. Only powers of two are involved: nothing is rounded.
"""

from __future__ import annotations

import torch

from magpie_tiny_families.architectures.weights import HEAD, HEADS, Weights

WIDE = 256
CONSTANT = 8192.0
SIZE = CONSTANT / 2
"""Root mean square of a widened head: 64 of 256 dimensions hold the constant."""

Places = list[int]
"""Where the 64 dimensions of a head stand in the widened one."""

FIRST: Places = list(range(HEAD))
"""For values, and where only the first 64 dimensions turn with the position."""
SPREAD: Places = [half + 4 * i for half in (0, WIDE // 2) for i in range(HEAD // 2)]
"""Every fourth frequency of a head of 256 dimensions is a frequency of one of 64."""


def spare(places: Places) -> Places:
    """The dimensions that hold the constant."""
    return [i for i in range(WIDE) if i not in set(places)][:HEAD]


def wide_rows(rows: torch.Tensor, places: Places) -> torch.Tensor:
    """Rows of heads, of shape (heads × 64, in), in heads of 256."""
    heads = rows.view(-1, HEAD, rows.shape[-1])
    wide = torch.zeros(len(heads), WIDE, rows.shape[-1])
    wide[:, places] = heads
    return wide.flatten(0, 1)


def wide_columns(columns: torch.Tensor, places: Places) -> torch.Tensor:
    """Columns of heads, of shape (out, heads × 64), in heads of 256."""
    return wide_rows(columns.T.contiguous(), places).T.contiguous()


def constants(heads: int, places: Places) -> torch.Tensor:
    """The bias of ``heads`` widened heads."""
    head = torch.zeros(WIDE)
    head[spare(places)] = CONSTANT
    return head.repeat(heads)


def norm_weight(places: Places, scale: float = 1.0) -> torch.Tensor:
    """What a normalised head is multiplied by: gives the old dimensions back, times ``scale``."""
    weight = torch.zeros(WIDE)
    weight[places] = SIZE * scale
    return weight


def wide_attention(stem: Weights, attention: str, places: Places, scale: float) -> Weights:
    """The attention of one layer with widened heads; values come first and are not normalised.

    Args:
        stem: weights with heads of 64.
        attention: prefix of the layer's attention.
        places: where the dimensions of queries and keys go.
        scale: what scores have to be multiplied by.
    """
    query, key, value, output = (stem[f"{attention}{part}_proj.weight"] for part in "qkvo")
    return {
        f"{attention}q_proj.weight": wide_rows(query, places),
        f"{attention}q_proj.bias": constants(HEADS, places),
        f"{attention}k_proj.weight": wide_rows(key, places),
        f"{attention}k_proj.bias": constants(1, places),
        f"{attention}v_proj.weight": wide_rows(value, FIRST),
        f"{attention}v_proj.bias": torch.zeros(WIDE),
        f"{attention}o_proj.weight": wide_columns(output, FIRST),
        f"{attention}o_proj.bias": torch.zeros(output.shape[0]),
        f"{attention}q_norm.weight": norm_weight(places, scale),
        f"{attention}k_norm.weight": norm_weight(places),
    }
