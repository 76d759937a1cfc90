"""Characters that are no text: control codes, private use, what was not decoded or decoded wrongly."""

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

# UTF-8 read as Latin-1 or Windows-1252 within words ("dÃ©jÃ\xa0", "donâ€™t"), and as GBK, twice. Who asks
# about broken characters quotes them alone.
_MISREAD = re.compile(
    "(?<=[A-Za-z])(?:\u00c3[\u0080-\u00bf\u20ac\u201a-\u201e\u2020-\u2022\u2026\u2030\u0152\u0160\u017d"
    "\u0153\u0161\u017e\u0178\u2122]"
    "|\u00e2\u20ac[\u2122\u0153\u009d\u02dc\u00a6\u201c\u201d])"
    "|\u951f\u65a4\u62f7(?=\u951f\u65a4\u62f7)"
)
_MOST_MISREAD = 1


class JunkFilter(Filter):
    """Turn down texts with too many characters nobody can read."""

    name: ClassVar[str] = "junk"
    stages: ClassVar[tuple[Stage, ...]] = ("instruction", "response")

    most: Annotated[float, Meta(ge=0.0, le=1.0)] = 0.01
    """Largest share of such characters; 0.01 forgives one in a hundred."""

    def reject(self, draft: Draft) -> str | None:
        """Return ``junk_characters``, or None to keep."""
        count = sum(1 for _ in _JUNK.finditer(draft.text))
        if count > self.most * len(draft.text):
            return "junk_characters"
        misread = sum(1 for _ in _MISREAD.finditer(draft.text))
        # Each stands for one character that is wrong, like those above.
        few = misread <= _MOST_MISREAD or misread <= self.most * len(draft.text)
        return None if few else "junk_characters"
