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

# "Name: ____" is a blank to fill in; in "__Rewrite:__" the marks are bold.
_BLANK = re.compile(r"[:\uff1a]\s+_{2,}$")

# A label alone on the last line is a place to write when a line before it is filled in.
_OPEN_LABEL = re.compile(r"[ \t]*(?P<label>[^\W_][\w '/()-]{0,30})[:\uff1a]")
_OUTPUTS = re.compile(
    r"a|answer|output|result|summary|translation|translated|sentiment|label|class|category|title|headline"
    r"|rewritten|corrected|correction|paraphrase|completion|conclusion|explanation|solution|\u7b54|\u7b54\u6848",
    re.IGNORECASE,
)
_LAST_LINES = 4000


class ColonFilter(Filter):
    """Turn down instructions that end with a colon, also inside bold or italic marks.

    A colon of code stays, and so does a label that is to be filled in: ``Q: … A: … Q: … A:``.
    """

    name: ClassVar[str] = "colon"

    def reject(self, draft: Draft) -> str | None:
        """Return ``ends_with_colon``, or None to keep."""
        text = draft.text.rstrip()
        bare = text.rstrip(_MARKS + " \t")
        if not bare.endswith(COLONS):
            return None
        last_line = text[-_LONGEST_CODE_LINE:].rpartition("\n")[2].strip()
        if _CODE_LINE.fullmatch(last_line) or _BLANK.search(text[-_LONGEST_CODE_LINE:]):
            return None
        return None if _is_place_to_write(text[-_LAST_LINES:]) else "ends_with_colon"


def _is_place_to_write(text: str) -> bool:
    """Whether the last line is a label whose like was filled in before, or that names an output.

    The end of a few-shot prompt, of a dialogue to continue, or of a task laid out with labels. "Text:"
    at the end of labelled lines is none: the input is missing.
    """
    *lines, last = text.split("\n")
    found = _OPEN_LABEL.fullmatch(last)
    if found is None:
        return False
    label = found["label"].strip()
    filled = [
        line for line in lines if (one := _OPEN_LABEL.match(line)) and line[one.end() :].strip()
    ]
    if any(line.lstrip().startswith(label) for line in filled):
        return True
    return bool(filled) and _OUTPUTS.fullmatch(label) is not None
