"""The tagger: options, columns, and what is noted of texts that are hard to tell. Knows no lingua."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from importlib.metadata import version
from typing import Annotated, Any, ClassVar, Literal

import msgspec

from magpie_core import Record, TagError, Tagger, TaggerEngine
from magpie_tagger_language.detector import Told, check_codes, detector_for

BATCH = 1000
"""Texts a batch holds: enough for all cores, and a tenth of a second of work for each."""
SHORT_LETTERS = 30
"""A text of fewer letters, about six words, is short …"""
SURE = 0.9
"""… unless lingua gives its language this share of the probability: a script of its own needs no words."""
LONGEST = 20_000
"""Characters that are looked at, from the beginning: megabytes take minutes and tell no more."""
Code = Annotated[str, msgspec.Meta(pattern="^[A-Za-z]{2}$")]


class LanguageTagger(Tagger):
    """The language of the instruction, as its ISO 639-1 code in capitals, as the published sets have it."""

    name = "language"
    schema: ClassVar[dict[str, Any]] = {
        "type": "object",
        "properties": {
            "language": {"type": ["string", "null"], "pattern": "^[A-Z]{2}$"},
            "language_confidence": {"type": "number", "minimum": 0, "maximum": 1},
            "languages": {
                "type": ["array", "null"],
                "items": {"type": "string", "pattern": "^[A-Z]{2}$"},
                "minItems": 2,
            },
            "language_note": {"enum": ["no words", "short", "mixed", None]},
        },
        "required": ["language", "language_confidence", "languages", "language_note"],
        "additionalProperties": False,
    }
    looks_at: ClassVar[Literal["instruction", "response"]] = "instruction"
    batch: ClassVar[int] = BATCH

    among: list[Code] = []
    """Codes of the languages to choose among; empty: all that lingua knows. At least two."""
    low_accuracy: bool = False
    """Only trigrams: less memory and faster, and worse on texts under about 120 characters."""
    mixed: bool = True
    """Also look for texts in several languages, which costs more than half of the time."""

    def __post_init__(self) -> None:
        """Write the codes in one way, so that case and order are no other settings.

        Raises:
            SettingsError: ``among`` holds a code lingua does not know, or only one.
        """
        self.among = sorted({code.upper() for code in self.among})
        if self.among:
            check_codes(self.among)

    def settings(self) -> dict[str, Any]:
        """The version of lingua: another one may have other models."""
        return {"lingua": version("lingua-language-detector")}

    async def tag(
        self, records: Sequence[Record], engine: TaggerEngine | None
    ) -> list[dict[str, Any] | TagError]:
        """One answer for each record, in order. The work is done in threads of lingua, on all cores."""
        detector = detector_for(
            tuple(sorted({code.upper() for code in self.among})), self.low_accuracy
        )
        texts = [record.instruction[:LONGEST] for record in records]
        told = await asyncio.to_thread(detector.tell, texts, mixed=self.mixed)
        return [_columns(text, one) for text, one in zip(texts, told, strict=True)]


def _columns(text: str, told: Told) -> dict[str, Any]:
    several = list(told.several) or None
    return {
        "language": told.language,
        "language_confidence": round(told.confidence, 4),
        "languages": several,
        "language_note": "mixed" if several else _note(text, told),
    }


def _note(text: str, told: Told) -> str | None:
    if told.language is None:
        return "no words"
    return "short" if is_unsure(text, told) else None


def is_unsure(text: str, told: Told) -> bool:
    """Whether ``text`` is too short for what is said of it."""
    return sum(map(str.isalpha, text)) < SHORT_LETTERS and told.confidence < SURE
