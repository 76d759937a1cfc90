"""How diverse a set of texts is, from their embeddings. Registers nothing; loads numpy when called."""

from __future__ import annotations

from magpie_filter_diversity.vendi import vendi_score

__all__ = ["vendi_score"]
