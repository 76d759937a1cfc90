"""Instructions that announce something and stop: "Translate the following sentence:"."""

from __future__ import annotations

import re
from typing import ClassVar

from magpie_core.filters import Draft, Filter

COLONS = (":", "\uff1a", "\ufe55")
"""ASCII, full width (Chinese, Japanese) and small."""

# Not the backtick: code (`lambda x:`, a fenced block) is the body, not its announcement.
_MARKS = "*_~"

# "Complete this function: def area(radius):" is whole; the colon belongs to the code.
_CODE_LINE = re.compile(
    r"(?:async\s+)?(?:def\s+\w+\s*\([^\n]*\)(?:\s*->[^:\n]+)?|class\s+[A-Z]\w*(?:\([^()\n]*\))?)\s*:"
)
_LONGEST_CODE_LINE = 300


class ColonFilter(Filter):
    """Turn down instructions that end with a colon, also inside bold or italic marks."""

    name: ClassVar[str] = "colon"

    def reject(self, draft: Draft) -> str | None:
        """Return ``ends_with_colon``, or None to keep."""
        text = draft.text.rstrip()
        bare = text.rstrip(_MARKS + " \t")
        if not bare.endswith(COLONS):
            return None
        last_line = text[-_LONGEST_CODE_LINE:].rpartition("\n")[2].strip()
        return None if _CODE_LINE.fullmatch(last_line) else "ends_with_colon"
