"""What a worker needs of a machine. Ray puts an actor where there is as much, always on one machine."""

from __future__ import annotations

from typing import Any, NamedTuple

from magpie_core.errors import UsageError
from magpie_core.plan import Plan
from magpie_core.run.recipe import EngineSection, engine_sections
from magpie_core.tagging.session import TagPlan
from magpie_core.tagging.tally import TagTally

TENSOR = ("tensor_parallel_size", "tp_size")
PIPELINE = ("pipeline_parallel_size", "pp_size")
"""What engines call the sizes of a group of GPUs: vLLM's names, and SGLang's."""
MANY = 10**6
"""More workers than anybody has."""
ON_NO_GPU = ("fake", "openai")
"""Backends that use none of this machine's."""


class Placed(NamedTuple):
    """Resources of one worker, as Ray counts them, and how many such workers have room at once."""

    num_cpus: float
    num_gpus: float
    fit: int


def gpus_of(plan: Plan) -> int:
    """How many GPUs one worker uses: the tensor-parallel times the pipeline-parallel size of its engines."""
    sides = (plan.instruction, plan.response)
    needs = [
        0 if side.backend in ON_NO_GPU else _gpus(section)
        for side, section in zip(sides, engine_sections(plan.recipe), strict=False)
    ]
    other = plan.recipe.response_engine
    return max(needs) if other is not None and other.turns else sum(needs)


def gpus_of_judge(plan: TagPlan, tally: TagTally) -> int:
    """How many GPUs one worker that tags uses; none where no tagger that is left needs an engine."""
    judge = plan.judge
    if judge is None or judge.backend in ON_NO_GPU:
        return 0
    left = zip(plan.assigned, tally.taggers, strict=True)
    needed = any(one.tagger.needs is not None and counts.wanted for one, counts in left)
    return _gpus(judge.section) if needed else 0


def place(num_cpus: float, num_gpus: float, *, asked_for: bool) -> Placed:
    """The resources of one worker in the cluster that is joined.

    Args:
        num_cpus: of each worker.
        num_gpus: of each worker.
        asked_for: whether the user said so; else a cluster without GPUs gives none.

    Raises:
        UsageError: no machine of the cluster has as many.
    """
    import ray

    nodes: Any = ray.nodes  # it has no types
    machines = [one["Resources"] for one in nodes() if one["Alive"]]
    most_gpus = max((one.get("GPU", 0) for one in machines), default=0)
    if not asked_for and most_gpus == 0:
        num_gpus = 0
    for name, wanted, most in (
        ("GPUs", num_gpus, most_gpus),
        ("CPUs", num_cpus, max((one.get("CPU", 0) for one in machines), default=0)),
    ):
        if wanted > most:
            raise UsageError(
                f"a worker needs {wanted:g} {name} of one machine, and none of {len(machines)} has more than "
                f"{most:g}",
                hint=f"--on-option num_{name.lower()}={most:g}, or a smaller tensor-parallel size",
            )
    return Placed(num_cpus, num_gpus, sum(_fit(one, num_cpus, num_gpus) for one in machines))


def _fit(machine: dict[str, float], num_cpus: float, num_gpus: float) -> int:
    """How many workers a machine has room for; without limit where they need nothing."""
    needs = {"CPU": num_cpus, "GPU": num_gpus}
    return min(
        (int(machine.get(name, 0) // need) for name, need in needs.items() if need), default=MANY
    )


def _gpus(section: EngineSection) -> int:
    if section.device == "cpu":
        return 0
    return _size(section.options, TENSOR) * _size(section.options, PIPELINE)


def _size(options: dict[str, Any], names: tuple[str, ...]) -> int:
    return next((int(options[name]) for name in names if isinstance(options.get(name), int)), 1)
