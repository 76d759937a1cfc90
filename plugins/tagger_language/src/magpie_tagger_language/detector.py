"""lingua, asked for many texts at a time. Knows no record and no column."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from functools import lru_cache
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple

from magpie_core.errors import SettingsError

if TYPE_CHECKING:
    from lingua import ConfidenceValue, DetectionResult, LanguageDetector

LEAST_WORDS = 3
"""Words (Chinese and Japanese: characters) of a passage that can be in a language of its own …"""
ABOVE_CHANCE = 0.24
"""… and what lingua must give its language above chance (1 of the languages to choose from) when it sees
the passage alone. lingua finds short passages of other languages in most texts of one; both numbers were
set by hand, see the README."""


class Told(NamedTuple):
    """What is said of one text."""

    language: str | None
    """ISO 639-1 in capitals; None where lingua sees no word, or no difference."""
    confidence: float
    """Its probability among the languages to choose from, 0 to 1."""
    several: tuple[str, ...]
    """All languages in order, where there are at least two."""


class Detector:
    """Says the language of texts; made by ``detector_for``, which keeps it."""

    def __init__(self, detector: LanguageDetector, languages: int) -> None:
        self._detector = detector
        self._least = ABOVE_CHANCE + 1 / languages

    def tell(self, texts: Sequence[str], *, mixed: bool) -> list[Told]:
        """One answer for each text, in order, the same as for each text alone."""
        # A lone surrogate has no bytes for lingua; it is a letter of no language.
        clean = [text.encode("utf-8", "replace").decode() for text in texts]
        values = self._detector.compute_language_confidence_values_in_parallel(clean)
        several = self._several(clean) if mixed else [()] * len(clean)
        return [
            Told(*_best(one), languages) for one, languages in zip(values, several, strict=True)
        ]

    def _several(self, texts: list[str]) -> list[tuple[str, ...]]:
        """The languages of passages that can stand for themselves, for each text."""
        found = self._detector.detect_multiple_languages_in_parallel_of(texts)
        passages = [_candidates(passages) for passages in found]
        inside = [
            text[one.start_index : one.end_index]
            for text, several in zip(texts, passages, strict=True)
            for one in several
        ]
        values = self._detector.compute_language_confidence_values_in_parallel(inside)
        ends = list(accumulate(map(len, passages), initial=0))
        return [
            _languages(several, values[start:end], self._least)
            for several, start, end in zip(passages, ends, ends[1:], strict=False)
        ]


def _best(values: list[ConfidenceValue]) -> tuple[str | None, float]:
    """The likeliest language; none where lingua's own ``detect_language_of`` says none."""
    first, second = values[0], values[1]
    if first.value == 0 or first.value == second.value:
        return None, 0.0
    return first.language.iso_code_639_1.name, first.value


def _candidates(passages: list[DetectionResult]) -> list[DetectionResult]:
    long = [one for one in passages if one.word_count >= LEAST_WORDS]
    return long if len({one.language for one in long}) > 1 else []


def _languages(
    passages: list[DetectionResult], values: list[list[ConfidenceValue]], least: float
) -> tuple[str, ...]:
    sure = [
        passage.language.iso_code_639_1.name
        for passage, (best, *_) in zip(passages, values, strict=True)
        if best.language == passage.language and best.value >= least
    ]
    different = tuple(dict.fromkeys(sure))
    return different if len(different) > 1 else ()


def check_codes(among: Sequence[str]) -> None:
    """Whether lingua can choose among these languages: codes in capitals, at least two.

    Raises:
        SettingsError: a code it does not know, or only one.
    """
    from lingua import Language

    known = sorted(one.iso_code_639_1.name for one in Language.all())
    unknown = next((code for code in among if code not in known), None)
    if unknown is not None:
        near = difflib.get_close_matches(unknown, known, n=3, cutoff=0.5)
        raise SettingsError(
            f"`among`: lingua knows no language `{unknown}` (it knows: {', '.join(known)})",
            hint=f"did you mean {' or '.join(near)}?" if near else "leave it out for all of them",
        )
    if len(among) < 2:
        raise SettingsError(
            f"`among` holds only `{among[0]}`: there is nothing to choose",
            hint='among = ["EN", "ZH"]',
        )


@lru_cache(maxsize=4)
def detector_for(among: tuple[str, ...], low_accuracy: bool) -> Detector:
    """The detector for these languages (codes in capitals; none: all). Its models load when first needed.

    Raises:
        SettingsError: see ``check_codes``.
    """
    from lingua import IsoCode639_1, Language, LanguageDetectorBuilder

    if among:
        check_codes(among)
        codes = [IsoCode639_1.from_str(code) for code in among]
        builder = LanguageDetectorBuilder.from_iso_codes_639_1(*codes)
    else:
        builder = LanguageDetectorBuilder.from_all_languages()
    if low_accuracy:
        builder = builder.with_low_accuracy_mode()
    return Detector(builder.build(), len(among) or len(Language.all()))
