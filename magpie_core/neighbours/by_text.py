"""Near in their words: MinHash."""

from __future__ import annotations

from typing import Any

from magpie_core.neighbours.found import Found
from magpie_core.neighbours.kind import Progress, Report
from magpie_core.neighbours.rows import Rows


class ByText:
    """Near in their words."""

    columns = {
        "distance": "text_distance",
        "count": "text_repeat_count",
        "first": "text_first_id",
        "group": "text_group",
        "keep": "text_keep",
    }
    all_pairs = False
    settings: dict[str, Any] = {"method": "minhash"}

    def search(self, rows: Rows, threshold: float, progress: Progress, report: Report) -> Found:
        """MinHash, and the shingles of what it finds."""
        from magpie_core.neighbours import minhash
        from magpie_core.neighbours.embedders import require

        require("datasketch", "scipy")
        with progress("comparing texts", len(rows)) as tell:
            return minhash.search(rows.texts, threshold, on_progress=lambda done, _: tell(done))
