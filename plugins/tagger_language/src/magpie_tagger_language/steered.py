"""The filter behind ``--language``: an instruction in another language than its own is turned down."""

from __future__ import annotations

from functools import lru_cache
from typing import ClassVar

from magpie_core import Draft, Filter
from magpie_tagger_language.detector import detector_for
from magpie_tagger_language.tagger import LONGEST, is_unsure

WANTED = "control_language"
"""Column that says which language an instruction was steered to, as one says it in English."""

COMMON = (
    *("AR", "DE", "EN", "ES", "FR", "HI", "ID", "IT", "JA"),
    *("KO", "NL", "PL", "PT", "RU", "TR", "VI", "ZH"),
)
"""Languages that an instruction may be in besides the wanted one. All 75 would take ten seconds to load and
a gigabyte; a text in a rarer one is taken for one of these, and turned down all the same."""


class SteeredLanguageFilter(Filter):
    """Keeps what is in the language it was steered to, what nobody can tell, and all that was not steered."""

    name: ClassVar[str] = "steered_language"
    follow_ups: ClassVar[bool] = False

    def reject(self, draft: Draft) -> str | None:
        """Return ``other_language``, or None to keep."""
        wanted = draft.columns.get(WANTED)
        code = code_of(wanted) if isinstance(wanted, str) else None
        if code is None:
            return None
        text = draft.instruction[:LONGEST]
        [told] = detector_for(tuple(sorted({*COMMON, code})), False).tell([text], mixed=False)
        if told.language in (None, code) or is_unsure(text, told):
            return None
        return "other_language"


@lru_cache(maxsize=1024)
def code_of(name: str) -> str | None:
    """ISO 639-1 code, in capitals, of a language's English name (``German``, ``Mexican Spanish``).

    None where lingua knows no language of that name.
    """
    from lingua import Language

    known = {one.name.lower(): one.iso_code_639_1.name for one in Language.all()}
    words = name.lower().split()
    return next((known[word] for word in reversed(words) if word in known), None)
