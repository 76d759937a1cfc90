"""What became of everything a run sampled: stages, reasons, examples; and how fast, at what cost."""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec

from magpie_core.dataset.source import RunSource, Source
from magpie_core.report.document import Pace, Reason, Spent, Stage
from magpie_core.report.reading import Reading
from magpie_core.report.safe import short
from magpie_core.run.events import read_events
from magpie_core.run.folder import RunFolder
from magpie_core.run.kind import kind_of
from magpie_core.run.rates import STEP, Point, rates
from magpie_core.selection.store import FOLDER, FUNNEL
from magpie_core.spending import HOUR, Prices

EXAMPLES = 3
"""Texts shown of each reason."""
LONGEST = 400
"""Characters of one."""
MOST_PACES = 400
"""Points of the curve; neighbouring ones are put together beyond."""

Why = tuple[str, str, str]
"""Step, filter and reason."""


@dataclass
class Passage:
    """From the samples to the records."""

    stages: list[Stage] = field(default_factory=list)
    reasons: list[Reason] = field(default_factory=list)
    examples: list[list[str]] = field(default_factory=list)
    """Texts of each reason, as they may be shown."""
    damaged: int = 0


def passage(source: Source, seed: int) -> Passage:
    """What was turned down, and why; empty for what no run made.

    Raises:
        StorageError: the run cannot be read.
    """
    found = Passage()
    if not isinstance(source, RunSource):
        return found
    with RunFolder.open(source.path, write=False) as folder:
        settled = folder.settled()
        found.damaged = settled.damaged
        texts = _examples(folder, seed)
        made_here = kind_of(folder.manifest) == "run"
    by_step: dict[str, int] = defaultdict(int)
    for (step, name, reason), count in settled.reasons.most_common():
        by_step[step] += count
        found.reasons.append(Reason(step=step, filter=name, reason=reason, count=count))
        found.examples.append([short(one, LONGEST) for one in texts.get((step, name, reason), ())])
    before = len(settled.accepted) + len(settled.rejected) + len(settled.failed)
    if before == len(settled.accepted):
        return found
    for name, gone in (
        *([("what an engine failed at", len(settled.failed))] if settled.failed else []),
        (
            "instruction filters" if made_here else "rows without a conversation",
            by_step["instruction"],
        ),
        *([("response filters", by_step["response"])] if made_here else []),
    ):
        found.stages.append(Stage(name=name, before=before, kept=before - gone))
        before -= gone
    return found


def _examples(folder: RunFolder, seed: int) -> dict[Why, list[str]]:
    """A few texts of each reason, drawn by seed and index."""
    drawn: dict[Why, list[tuple[int, int, str]]] = defaultdict(list)
    for one in folder.rejections():
        why = (one.step, one.filter, one.reason)
        digest = blake2b(f"{seed}:{one.index}".encode(), digest_size=8).digest()
        entry = (-int.from_bytes(digest), one.index, one.text[: 2 * LONGEST])
        if len(drawn[why]) < EXAMPLES:
            heapq.heappush(drawn[why], entry)
        else:
            heapq.heappushpop(drawn[why], entry)
    return {why: [text for _, _, text in sorted(some, reverse=True)] for why, some in drawn.items()}


def duplicates(reading: Reading) -> Stage | None:
    """What `magpie dedup` would leave, if it was run."""
    column = reading.columns.get("duplicate_keep")
    if column is None or column.kind != "bool":
        return None
    ((kept,),) = reading.table.query(f"SELECT count(*) FROM joined WHERE {column.sql}")
    return Stage(name="near-duplicates", before=reading.rows, kept=kept)


def selections(place: Path) -> dict[str, list[Stage]]:
    """The steps of every selection beside a source; those that cannot be read are passed over."""
    found = {}
    for path in sorted((place / FOLDER).glob(f"*/{FUNNEL}")):
        try:
            document: Any = msgspec.json.decode(path.read_bytes())
            stages = [
                Stage(
                    name=short(f"{one['step']} {one['condition']}".strip(), 200),
                    before=int(one["before"]),
                    kept=int(one["kept"]),
                )
                for one in _stages(document)
            ]
        except (ValueError, KeyError, TypeError, OSError):
            continue
        found[short(path.parent.name, 80)] = stages
    return found


def _stages(document: Any) -> list[Mapping[str, Any]]:
    funnel = document.get("funnel", document)
    return list(funnel["stages"])


def spent(source: Source, prices: Prices) -> tuple[Spent | None, list[Pace]]:
    """What a run took, and how fast it was; nothing where its events are not there."""
    if not isinstance(source, RunSource):
        return None, []
    points = rates(source.path)
    if not points:
        return None, []
    paces = _paces(points)
    hours, prompt = _hours_and_prompts(source.path)
    sampled = points[-1].tokens
    money = prices.of(hours * HOUR, prompt, sampled) if prices.known else None
    return (
        Spent(
            hours=hours,
            sessions=points[-1].session + 1,
            prompt_tokens=prompt,
            sampled_tokens=sampled,
            money=money,
        ),
        paces,
    )


def _paces(points: list[Point]) -> list[Pace]:
    gaps = [(a, b) for a, b in pairwise(points) if a.session == b.session]
    gaps = [(a, b) for a, b in gaps if b.time > a.time]
    every = -(-len(gaps) // MOST_PACES) or 1
    found, hours = [], 0.0
    at = 0
    while at < len(gaps):
        some = [gap for gap in gaps[at : at + every] if gap[0].session == gaps[at][0].session]
        at += len(some)
        begin, end = some[0][0], some[-1][1]
        seconds = (end.time - begin.time).total_seconds()
        hours += seconds / HOUR
        found.append(
            Pace(
                hours=hours,
                records=end.accepted,
                records_per_minute=(end.accepted - begin.accepted) * 60 / seconds,
                tokens_per_second=(end.tokens - begin.tokens) / seconds,
                session=begin.session,
            )
        )
    return found


def _hours_and_prompts(folder: Path) -> tuple[float, int]:
    """Hours of all sessions, loading included, and their prompt tokens."""
    seconds, prompts = 0.0, 0
    last_seconds, last_prompts, process = 0.0, 0, None
    for event in read_events(folder):
        now, tokens = event.get("seconds"), event.get("prompt_tokens", 0)
        if (
            event.get("step") != STEP
            or not isinstance(now, int | float)
            or not isinstance(tokens, int)
        ):
            continue
        if now < last_seconds or event.get("pid") != process:  # another session
            seconds, prompts = seconds + last_seconds, prompts + last_prompts
            last_prompts = 0
        last_seconds, process = now, event.get("pid")
        last_prompts = max(last_prompts, tokens)
    return (seconds + last_seconds) / HOUR, prompts + last_prompts
