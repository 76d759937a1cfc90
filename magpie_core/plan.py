"""A plan: a recipe resolved against the installed plugins and the checkpoint, before any weight is loaded.

What was left open is decided here, once: family, chat format, stop tokens, sampling, filters. The run
folder stores the result, so that a run can be repeated and resumed.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import msgspec

from magpie_core.chat.format import ChatFormat
from magpie_core.chat.prompts import Prompts
from magpie_core.chat.template import date_variables, today, writes_date
from magpie_core.chat.thinking import with_thinking
from magpie_core.checkpoint import Checkpoint
from magpie_core.choices import pick
from magpie_core.control.drawing import Control
from magpie_core.control.schedule import Schedule, make_schedule
from magpie_core.control.wanted import make_control
from magpie_core.decisive import require_same_samples, run_key
from magpie_core.errors import ChatTemplateError, UsageError
from magpie_core.family import Family
from magpie_core.judges import make_judges
from magpie_core.neighbours.wanted import Near, make_near
from magpie_core.opening import open_with_family, with_absolute_paths
from magpie_core.plugins import Plugins
from magpie_core.resolve import choose_format, choose_sampling, stop_strings, stop_token_ids
from magpie_core.run.recipe import Recipe, RunSection
from magpie_core.run.stored import Stored
from magpie_core.sampling import Sampling
from magpie_core.steps.judging import Judges
from magpie_core.tagging.gates import Gates, make_gates

ASK = Sampling(max_tokens=2048)
"""Sampling of instructions where the family is unknown; the paper begins at T = 1, top-p = 1 (table 7)."""
ANSWER = Sampling(temperature=0.0, max_tokens=4096)
"""Sampling of responses where the family is unknown: greedy, as in the paper."""


@dataclass(frozen=True)
class Side:
    """One half of the work: the checkpoint that writes instructions, or the one that answers."""

    checkpoint: Checkpoint
    family: Family | None
    prompts: Prompts
    sampling: Sampling
    backend: str
    system: str | None = None
    """System prompt set by the user."""
    max_context: int | None = None
    """Context length the user limits the engine to."""
    asks: bool = True
    """Whether instructions are sampled from it; else it only answers."""

    @property
    def chat(self) -> ChatFormat:
        """Chat format of the checkpoint."""
        return self.prompts.chat

    @property
    def context_length(self) -> int | None:
        """Longest prompt plus sample in tokens, where anybody says."""
        known = [one for one in (self.max_context, self.checkpoint.context_length) if one]
        return min(known) if known else None


@dataclass(frozen=True)
class Plan:
    """Everything a run needs to know before an engine is opened."""

    recipe: Recipe
    instruction: Side
    response: Side
    judges: Judges
    key: str
    """Twelve hex digits over everything that decides the text of a record."""
    gates: Gates | None = None
    """Taggers that stand before the response, if any."""
    schedule: Schedule | None = None
    """Temperatures and nuclei of instructions, where there are several."""
    control: Control | None = None
    """What instructions are steered to, where they are."""
    near: Near | None = None
    """How near-duplicates are told, where they are turned down."""
    notices: tuple[str, ...] = field(default=())
    """What was decided for the user and should be said, one sentence each."""

    @property
    def shares_engine(self) -> bool:
        """Whether one engine serves both sides."""
        return self.recipe.response_engine is None

    @property
    def reasoning_budget(self) -> int | None:
        """Most tokens of an answer's reasoning, where they are limited."""
        return self.recipe.response.reasoning_budget

    @property
    def max_attempts(self) -> int:
        """Most indexes to try before giving up."""
        return self.recipe.run.max_attempts or max(100, 10 * self.recipe.run.n)


DEMONSTRATION = RunSection().n
"""Up to this many records an embedded model may stand in for a family's own that cannot be had."""


def make_plan(recipe: Recipe, plugins: Plugins, stored: Stored | None = None) -> Plan:
    """Resolve ``recipe``.

    Args:
        recipe: what the user chose.
        plugins: what is installed.
        stored: what a run's ``run.toml`` says. Then chat formats, sampling and filters are taken
            from there, not decided again: a template with a date in it, another version of a
            plugin or one more plugin must not change a run half-way.

    Raises:
        UnknownNameError: a family, backend, filter or rule that nobody offers.
        CheckpointError: the checkpoint cannot be opened or its chat template cannot be used.
        SettingsError: options that do not fit a filter.
        UsageError: a resumed run is given another LoRA or quantisation.
        MissingEngineError: near-duplicates are to be turned down, and a library for that is missing.
    """
    notices: list[str] = []
    recipe = with_absolute_paths(recipe)
    if stored is not None:
        require_same_samples(stored.recipe, recipe)
    run, other = recipe.run, recipe.response_engine
    pick("backend", run.backend, plugins.backends())  # the cheapest mistake to find comes first
    trust = run.trust_remote_code
    opened = open_with_family(
        run.checkpoint,
        run.family,
        plugins,
        notices,
        trust=trust,
        stand_in=run.n <= DEMONSTRATION,
    )
    if stored is None:
        recipe = _with_date(recipe, opened[0], notices)
    instruction = _side(*opened, recipe, plugins, notices, stored, responds=False)
    if other is not None and other.checkpoint is not None:
        opened = open_with_family(other.checkpoint, other.family, plugins, notices, trust=trust)
    response = _side(*opened, recipe, plugins, notices, stored, responds=True)
    _check_budget(recipe, response)
    for side in (instruction, response):
        _require_place_for_system(side)
    if run.turns > 1 and run.follow_up_system is not None:
        instruction.chat.opening(run.follow_up_system)  # raises where there is no place for one
    judges = make_judges(recipe, instruction.family, plugins, stored)
    schedule = make_schedule(recipe.control.schedule)
    control = make_control(recipe.control)
    if control is not None:
        instruction.chat.opening("a user")  # raises where there is no place for a system prompt
    gates = _gates(recipe, plugins, notices)
    near = make_near(recipe.dedup)
    # A session may be given other engine options than the run was begun with; its key stays.
    asked = {"gates": gates, "dedup": near, "control": control, "schedule": schedule}
    key = run_key(stored.recipe_of_key if stored else recipe, instruction, response, judges, asked)
    return Plan(
        recipe,
        instruction,
        response,
        judges,
        key,
        gates=gates,
        schedule=schedule,
        control=control,
        near=near,
        notices=tuple(dict.fromkeys(notices)),
    )


def _gates(recipe: Recipe, plugins: Plugins, notices: list[str]) -> Gates | None:
    expression = recipe.gates.before_response
    if expression is None:
        return None
    gates = make_gates(expression, recipe.taggers, plugins)
    backend = pick("backend", recipe.run.backend, plugins.backends())
    if gates.ask_an_engine and not backend.capabilities.json_schema:
        notices.append(
            f"the {backend.name} backend cannot hold a gate's answer to a schema: free text is read and "
            "checked, and an instruction without a usable answer is counted as failed"
        )
    return gates


def _with_date(recipe: Recipe, checkpoint: Checkpoint, notices: list[str]) -> Recipe:
    """``recipe`` with today's date where the template writes one, so that the run can be repeated."""
    run = recipe.run
    if run.date or run.format == "registered" or not writes_date(checkpoint.tokenizer):
        return recipe
    dated = msgspec.structs.replace(run, date=today())
    notices.append(f"the chat template writes the date: this run keeps `{dated.date}` (--date)")
    return msgspec.structs.replace(recipe, run=dated)


def _side(
    checkpoint: Checkpoint,
    family: Family | None,
    recipe: Recipe,
    plugins: Plugins,
    notices: list[str],
    stored: Stored | None,
    *,
    responds: bool,
) -> Side:
    run, other = recipe.run, recipe.response_engine
    backend = (other.backend if responds and other else None) or run.backend
    pick("backend", backend, plugins.backends())
    engine = other.over(recipe.engine) if responds and other else recipe.engine
    if stored is not None:
        part = stored.response if responds else stored.instruction
        chat, sampling, bare = part.chat_format, part.sampling, part.form == "bare"
    else:
        chat = choose_format(checkpoint, family, run.format, date_variables(run.date), notices)
        if responds and recipe.response.thinking is not None:
            chat = with_thinking(chat, recipe.response.thinking)
        bare = (run.form or (family.form if family else "default")) == "bare"
        sampling = _sampling(checkpoint, family, chat, recipe, plugins, responds=responds)
    prompts = Prompts(chat, checkpoint.tokenizer, bare=bare)
    if not prompts.encode(prompts.pre_query_text()):
        raise ChatTemplateError(
            "the pre-query is empty: this template opens a user turn with nothing to sample from",
            hint="magpie probe " + checkpoint.name,
        )
    return Side(
        checkpoint,
        family,
        prompts,
        sampling,
        backend,
        run.system,
        engine.max_context or None,
        asks=not responds,
    )


def _check_budget(recipe: Recipe, response: Side) -> None:
    """Refuse a budget that nothing could come of.

    Raises:
        UsageError: answers come without reasoning, or it leaves no room for one.
    """
    budget, longest = recipe.response.reasoning_budget, response.sampling.max_tokens
    if budget is None:
        return
    if response.chat.thinking is False:
        raise UsageError(
            f"--reasoning-budget `{budget}` with --thinking off: there is no reasoning to limit",
            hint="drop one of them",
        )
    if budget >= longest:
        raise UsageError(
            f"--reasoning-budget `{budget}` leaves no room for an answer: a response has {longest} "
            "tokens, its reasoning included",
            hint=f"--max-response-tokens {budget + 1024}",
        )


def _require_place_for_system(side: Side) -> None:
    """Refuse now a system prompt that no prompt could hold: a template that drops it would say nothing.

    Raises:
        ChatTemplateError: the template refuses or drops a system message, or changes it.
    """
    if side.system is None:
        return
    try:
        side.chat.opening(side.system)
    except ChatTemplateError as error:
        raise ChatTemplateError(
            f"--system with `{side.checkpoint.name}`: {error.message}", hint=error.hint
        ) from error


def _sampling(
    checkpoint: Checkpoint,
    family: Family | None,
    chat: ChatFormat,
    recipe: Recipe,
    plugins: Plugins,
    *,
    responds: bool,
) -> Sampling:
    if responds:
        default = family.sampling_of_responses(chat.asks_for_reasoning) if family else ANSWER
    else:
        default = family.instruction_sampling if family else ASK
    return choose_sampling(
        recipe.response if responds else recipe.instruction,
        default,
        family,
        plugins.first_token_rules(),
        (stop_token_ids(checkpoint, family, chat), stop_strings(checkpoint, family, chat)),
        first_token=not responds,
    )
