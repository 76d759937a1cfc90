"""What ``magpie run --dry-run`` prints: the exact prompts, their token ids, and the sampling.

It ends as the run would: with an error where a check fails.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from magpie_core.cli.console import print_json, stdout, visible
from magpie_core.errors import ChatTemplateError
from magpie_core.plan import Plan, Side
from magpie_core.preflight.check import Check, require
from magpie_core.preflight.static import static_checks
from magpie_core.record import Turn

SAMPLE_INSTRUCTION = "(the sampled instruction)"


def show_plan(plan: Plan, *, as_json: bool) -> None:
    """Print everything a run would send, without loading weights.

    Raises:
        PreflightError: a check failed; what there is to show was printed.
    """
    checks = static_checks(plan.instruction)
    try:
        document = describe(plan, checks)
    except ChatTemplateError:
        require(checks)  # a check says better why there is no prompt
        raise
    if as_json:
        print_json(document, indent=2)
    else:
        _print(document, plan)
    require(checks)


def _print(document: dict[str, Any], plan: Plan) -> None:
    console = stdout()
    for line in plan.notices:
        console.print(visible(f"note: {line}"))
    for side in ("instruction", "response"):
        part = document[side]
        console.print(
            f"\n{side}: {part['checkpoint']} with {part['backend']}, family {part['family']}"
        )
        console.print(f"  prompt  {visible(repr(part['prompt']))}")
        console.print(f"  ids     {part['prompt_ids']}")
        if part["thinking"] is not None:
            console.print(f"  think   {'on' if part['thinking'] else 'off'}")
        sampling = ", ".join(f"{k}={v}" for k, v in part["sampling"].items() if v not in (None, ()))
        console.print(visible(f"  sample  {sampling}"))
    console.print("\nchecks:")
    for check in document["checks"]:
        console.print(visible(f"  {check['state']:5} {check['name']}: {check['detail']}"))
    console.print(f"\nfilters: {', '.join(document['filters'])}")
    if document["gates"]:
        console.print(visible(f"gates: {' and '.join(document['gates'])}"))
    if plan.near is not None:
        console.print(visible(f"near-duplicates: {plan.near}"))
    if plan.schedule is not None:
        console.print(visible(f"schedule: {plan.schedule}"))
    if plan.control is not None:
        console.print(visible(f"steered: {plan.control}"))
        first = plan.control.steer(plan.recipe.run.seed, 0).system
        console.print(visible(f"  system prompt of the first instruction: {first!r}"))
    if plan.recipe.run.turns > 1:
        console.print(f"turns: {plan.recipe.run.turns}")
    console.print(
        f"records wanted: {plan.recipe.run.n}, seed {plan.recipe.run.seed}, key {plan.key}"
    )
    console.print("nothing was generated (--dry-run)")


def describe(plan: Plan, checks: Sequence[Check]) -> dict[str, Any]:
    """The plan as plain data."""
    system = plan.recipe.run.system
    first = plan.instruction.prompts
    second = plan.response.prompts
    turns = [Turn("user", SAMPLE_INSTRUCTION)]
    if system is not None:
        turns.insert(0, Turn("system", system))
    return {
        "key": plan.key,
        "n": plan.recipe.run.n,
        "seed": plan.recipe.run.seed,
        "notices": list(plan.notices),
        "instruction": {
            **_side(plan.instruction),
            "prompt": first.pre_query_text(system),
            "prompt_ids": first.for_instruction(system),
        },
        "response": {
            **_side(plan.response),
            # Not the decoded ids: a token may swallow what stands in the text.
            "prompt": second.chat.render(turns),
            "prompt_ids": second.for_response(SAMPLE_INSTRUCTION, system),
        },
        "checks": [msgspec.to_builtins(check) for check in checks],
        "filters": [one.name for one in plan.judges.all],
        "gates": plan.gates.conditions() if plan.gates is not None else [],
        "schedule": plan.schedule.decisive() if plan.schedule is not None else None,
        "control": plan.control.decisive() if plan.control is not None else None,
        "turns": plan.recipe.run.turns,
        "dedup": plan.near.decisive() if plan.near is not None else None,
    }


def _side(side: Side) -> dict[str, Any]:
    return {
        "checkpoint": side.checkpoint.name,
        "backend": side.backend,
        "family": side.family.name if side.family else None,
        "format": side.chat.source,
        "thinking": side.chat.thinking,
        "fingerprint": side.chat.fingerprint,
        "sampling": msgspec.to_builtins(side.sampling),
    }
