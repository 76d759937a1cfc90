"""What the cleaners and filters of every family do to raw samples: legitimate ones stay, dirty ones go.

A sample is what an engine returned for an instruction. It goes through the same cleaners and filters
as in a run of its family. Outcomes:

``keep``    legitimate: the text stays, but for outer white space, whatever the family
``clean``   dirty: ``text`` is what is left (a rejection is as good for the data set, and counts)
``reject``  dirty: turned down; ``by`` names the filter where it matters
``refuse``  a person could mean it, and it is turned down all the same; ``why`` says why

The samples were written for this project, from the habits of the families. `second.toml` to
`held_out.toml`, `traps.toml` and `reviewed.toml` say how the rules of the day did on them before
they were corrected in view of them; for the dirty ones of `fresh.toml` nothing was corrected. Those
figures, not the one below, are what to expect of unseen text.

A dirty sample that comes through is marked ``known_miss`` with the reason. It still counts as a miss.
"""

from __future__ import annotations

import tomllib
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Literal

import msgspec
import pytest

from magpie_core.filters import Draft
from magpie_core.judges import make_judges
from magpie_core.plugins import Plugins, load_plugins
from magpie_core.run.recipe import Recipe
from magpie_core.steps.judging import Judges

HERE = Path(__file__).parent


class Sample(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One raw sample and what should become of it."""

    name: str
    family: str
    raw: str
    why: str
    outcome: Literal["keep", "clean", "reject", "refuse"] = "keep"
    text: str | None = None
    """What cleaning leaves; only with ``clean``."""
    by: str | None = None
    """The cleaner or filter that turns it down, where that matters."""
    finish: Literal["stop", "length"] = "stop"
    known_miss: str | None = None
    """Why this dirty sample comes through."""
    without_stops: bool = False
    """The engine ran without the family's stop strings; else it would have ended the sample there."""
    repeat: int = 1
    """How often ``raw`` stands in the sample, ``{n}`` counting."""
    file: str = ""

    @property
    def sampled(self) -> str:
        """What the engine returned."""
        if self.repeat == 1:
            return self.raw
        return "".join(self.raw.replace("{n}", str(n)) for n in range(self.repeat))


def load() -> list[Sample]:
    found = []
    for path in sorted((HERE / "samples").glob("*.toml")):
        for one in tomllib.loads(path.read_text(encoding="utf-8"))["sample"]:
            found.append(msgspec.convert({**one, "file": path.stem}, Sample))
    return found


SAMPLES = load()
LEGITIMATE = [one for one in SAMPLES if one.outcome == "keep"]
DIRTY = [one for one in SAMPLES if one.outcome in ("clean", "reject")]
UNSEEN = frozenset({"fresh"})
"""Files whose dirty samples no rule was corrected in view of: they measure, the others guard."""
REFUSED = [one for one in SAMPLES if one.outcome == "refuse"]


@cache
def plugins() -> Plugins:
    return load_plugins()


@cache
def judges(family: str) -> Judges:
    return make_judges(Recipe(), plugins().families()[family], plugins())


@cache
def one_family_of_each_chain() -> tuple[str, ...]:
    """Families that between them use every set of cleaners and filters."""
    chains = {
        tuple(judge.name for judge in judges(name).all): name for name in plugins().families()
    }
    return tuple(chains.values())


def judged(sample: Sample, family: str) -> tuple[str | None, str]:
    """Who turns the sample down (None: nobody), and the text that is left."""
    draft = Draft(index=0, instruction=sample.sampled, finish_reason=sample.finish)
    objection = judges(family).instruction(draft)
    return (objection.by if objection else None), draft.instruction


def is_miss(sample: Sample) -> bool:
    by, left = judged(sample, sample.family)
    return by is None and left != sample.text


def listed(samples: list[Sample]) -> str:
    return "\n".join(f"{one.file}: {one.name}: {judged(one, one.family)}" for one in samples)


def named(one: Sample) -> str:
    return one.name


@pytest.mark.parametrize("sample", LEGITIMATE, ids=named)
def test_a_legitimate_instruction_is_kept(sample: Sample) -> None:
    wanted = sample.raw if sample.raw[:1] in (" ", "\t") else sample.raw.strip()
    for family in one_family_of_each_chain():
        by, left = judged(sample, family)
        assert by is None, f"{by} turns it down ({family})"
        assert left in (wanted, wanted.strip()), family


def test_at_least_95_of_100_dirty_samples_are_cleaned_or_rejected() -> None:
    seen = [one for one in DIRTY if one.file not in UNSEEN]
    misses = [one for one in seen if is_miss(one)]
    assert len(misses) <= 0.05 * len(seen), listed(misses)


def test_every_miss_is_owned_up_to() -> None:
    missed = [one for one in DIRTY if is_miss(one)]
    unmarked = [one for one in missed if not one.known_miss]
    assert not unmarked, listed(unmarked)
    better = [one.name for one in DIRTY if one.known_miss and one not in missed]
    assert not better, "no miss any more: drop `known_miss`"


@pytest.mark.parametrize("sample", REFUSED, ids=named)
def test_a_text_that_would_break_a_conversation_is_refused(sample: Sample) -> None:
    assert {judged(sample, family)[0] for family in one_family_of_each_chain()} == {sample.by}


@pytest.mark.parametrize(
    "sample", [one for one in DIRTY if one.by and not one.known_miss], ids=named
)
def test_the_right_filter_turns_it_down(sample: Sample) -> None:
    assert judged(sample, sample.family)[0] == sample.by


@pytest.mark.parametrize("sample", [one for one in DIRTY if one.text is not None], ids=named)
def test_what_cleaning_leaves_is_left_alone(sample: Sample) -> None:
    """The clean text of a dirty sample is a legitimate instruction as well."""
    clean = msgspec.structs.replace(sample, raw=sample.text)
    assert judged(clean, sample.family) == (None, sample.text)


def test_the_set_is_large_and_has_every_family() -> None:
    families = Counter(one.family for one in SAMPLES)
    assert not [name for name in plugins().families() if families[name] < 3]
    assert set(families) <= set(plugins().families())
    assert len(SAMPLES) >= 500
    assert len(LEGITIMATE) >= 240
    assert len(DIRTY) >= 290


def test_the_samples_differ() -> None:
    for what in ("name", "raw"):
        often = Counter(getattr(one, what) for one in SAMPLES)
        assert not [value for value, count in often.items() if count > 1]


@pytest.mark.parametrize("sample", SAMPLES, ids=named)
def test_a_sample_is_well_formed(sample: Sample) -> None:
    assert sample.why
    assert (sample.text is not None) == (sample.outcome == "clean")
    assert sample.by is None or sample.outcome in ("reject", "refuse")
    assert sample.known_miss is None or sample in DIRTY
    assert sample.text is None or sample.text in sample.raw, "cleaning only takes away"
    known = {judge.name for judge in judges(sample.family).all}
    assert sample.by is None or sample.by in known
    if sample in DIRTY:  # an engine ends the sample where a stop string begins
        stops = plugins().families()[sample.family].stop_strings
        assert any(stop in sample.raw for stop in stops) is sample.without_stops
