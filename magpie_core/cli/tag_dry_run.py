"""What ``magpie tag --dry-run`` prints: the exact prompt of the first record, and how much is to do."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from magpie_core.cli.console import print_json, stdout, visible
from magpie_core.record import Record, Turn
from magpie_core.tagger import TagError
from magpie_core.tagging.engine import BackendEngine
from magpie_core.tagging.session import Assigned, TagPlan, count_work


class _Asked(BaseException):
    """Leaves a tagger with what it asked; no tagger may take it for a failure of its own."""

    def __init__(self, text: str, ids: list[int]) -> None:
        self.text = text
        self.ids = ids


class _Listener(BackendEngine):
    """An engine that notes the first question and answers nothing."""

    async def answer(self, turns: Sequence[Turn], **how: Any) -> str:
        raise _Asked(self.prompter.text(turns), self.prompter.question(turns))

    async def score(self, turns: Sequence[Turn]) -> list[float]:
        raise _Asked(self.prompter.whole_text(turns), self.prompter.whole(turns))


def show_tag_plan(plan: TagPlan, *, as_json: bool) -> None:
    """Print what a call would ask, without loading weights or writing anything."""
    tally = count_work(plan)
    first = next(plan.records(), None)
    document = {
        "source": str(plan.source.path),
        "records": tally.records,
        "damaged": tally.damaged,
        "checkpoint": plan.judge.checkpoint.name if plan.judge else None,
        "backend": plan.judge.backend if plan.judge else None,
        "taggers": [
            {
                "name": one.name,
                "folder": str(one.folder),
                "columns": list(one.tagger.schema.get("properties", {})),
                "before": counts.before,
                "to_do": counts.wanted,
                "prompt": asked.text if asked else None,
                "prompt_ids": asked.ids if asked else None,
            }
            for one, counts in zip(plan.assigned, tally.taggers, strict=True)
            for asked in [asyncio.run(_asked(one, first)) if first is not None else None]
        ],
        "notices": plan.notices,
    }
    if as_json:
        print_json(document, indent=2)
    else:
        _print(document)


async def _asked(one: Assigned, record: Record) -> _Asked | None:
    """What a tagger would ask about ``record`` first; None when it asks nothing."""
    if one.engine is None:
        return None
    seen = one.engine
    listener = _Listener(
        None, seen.prompter, seen.checkpoint, context=seen.context, attempt=seen.attempt
    )
    try:
        results = await one.tagger.tag([record], listener)
    except _Asked as asked:
        return asked
    if results and isinstance(results[0], TagError):
        raise results[0]
    return None


def _print(document: dict[str, Any]) -> None:
    console = stdout()
    console.print(visible(f"{document['records']:,} records in {document['source']}"))
    if document["checkpoint"]:
        console.print(f"judged by {document['checkpoint']} with {document['backend']}")
    for one in document["taggers"]:
        console.print(
            visible(
                f"\n{one['name']}: {one['to_do']:,} to do, {one['before']:,} done, in {one['folder']}"
            )
        )
        console.print(visible(f"  columns {', '.join(one['columns'])}"))
        if one["prompt"] is not None:
            console.print(f"  prompt of the first record, {len(one['prompt_ids'])} tokens:\n")
            console.print(visible(one["prompt"]))
    console.print("\nnothing was tagged (--dry-run)")
