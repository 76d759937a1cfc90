"""Characters that are no text: control codes, private use, what could not be decoded."""

from __future__ import annotations

import re
from typing import Annotated, ClassVar

from msgspec import Meta

from magpie_core.filters import Draft, Filter, Stage

# Format characters stay out: Persian, Arabic and emoji need joiners and direction marks. So do
# unassigned code points: which ones are assigned depends on the Python that runs.
_JUNK = re.compile(
    "[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f"  # control codes but tab, line feed, form feed, return
    "\ufffd"  # the replacement character: bytes that were no UTF-8
    "\ud800-\udfff"  # halves of a pair
    "\ue000-\uf8ff\U000f0000-\U0010ffff"  # private use
    "\ufdd0-\ufdef\ufffe\uffff]"  # never characters
)


class JunkFilter(Filter):
    """Turn down texts with too many characters nobody can read."""

    name: ClassVar[str] = "junk"
    stages: ClassVar[tuple[Stage, ...]] = ("instruction", "response")

    most: Annotated[float, Meta(ge=0.0, le=1.0)] = 0.01
    """Largest share of such characters; 0.01 forgives one in a hundred."""

    def reject(self, draft: Draft) -> str | None:
        """Return ``junk_characters``, or None to keep."""
        count = sum(1 for _ in _JUNK.finditer(draft.text))
        return "junk_characters" if count > self.most * len(draft.text) else None
