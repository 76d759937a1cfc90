"""The Vendi score of embeddings (Friedman and Dieng, arXiv 2210.02410). Knows no text and no model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


def vendi_score(embeddings: ArrayLike, *, sample: int | None = None, seed: int = 0) -> float:
    """The effective number of different rows: exp of the entropy of the eigenvalues of K/n.

    K holds the cosine similarities of the n rows. 1 when all rows point the same way, n when all stand
    at right angles; never more than their width. It grows with n: compare samples of one size.

    Args:
        embeddings: (n, d), n at least 1; rows of any length but zero.
        sample: so many rows, without replacement, where there are more.
        seed: decides which.

    Raises:
        ValueError: no matrix, no rows, or a row without a direction (all zero, infinite, no number).
    """
    import numpy

    rows = numpy.asarray(embeddings)
    if rows.ndim != 2 or 0 in rows.shape:
        raise ValueError(f"embeddings of shape {rows.shape} are no matrix with rows")
    if sample is not None and sample < 1:
        raise ValueError(f"a sample of {sample} rows has no score")
    if sample is not None and sample < len(rows):
        chosen = numpy.random.default_rng(seed).choice(len(rows), sample, replace=False)
        rows = rows[chosen]
    unit = _unit(rows.astype(numpy.float64))
    # The smaller product has the same eigenvalues as K, but for zeros, which add nothing.
    product = unit @ unit.T if len(unit) <= unit.shape[1] else unit.T @ unit
    shares = numpy.linalg.eigvalsh(product / len(unit))
    shares = shares[shares > 0]  # rounding leaves a zero on either side of it
    return float(numpy.exp(-(shares * numpy.log(shares)).sum()))


def _unit(rows: NDArray[Any]) -> NDArray[Any]:
    """``rows`` with length one each."""
    import numpy

    lengths = numpy.linalg.norm(rows, axis=1, keepdims=True)
    wrong = numpy.flatnonzero(~(numpy.isfinite(lengths) & (lengths > 0)))
    if len(wrong):
        raise ValueError(f"row {wrong[0]} has no direction (of {len(wrong)} such rows)")
    unit: NDArray[Any] = rows / lengths
    return unit
