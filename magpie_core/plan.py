"""A plan: a recipe resolved against the installed plugins and the checkpoint, before any weight is loaded.

What was left open is decided here, once: family, chat format, stop tokens, sampling, filters. The run
folder stores the result, so that a run can be repeated and resumed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from magpie_core.chat.format import ChatFormat
from magpie_core.chat.prompts import Prompts
from magpie_core.checkpoint import Checkpoint, NamedModel, open_checkpoint
from magpie_core.errors import ChatTemplateError, SettingsError, UnreachableError
from magpie_core.family import Family
from magpie_core.plugins import Plugins, pick
from magpie_core.resolve import choose_format, choose_sampling, stop_strings, stop_token_ids
from magpie_core.run.recipe import Recipe
from magpie_core.sampling import Sampling
from magpie_core.steps.judging import Judges

EMBEDDED = "tiny"


@dataclass(frozen=True)
class Side:
    """One half of the work: the checkpoint that writes instructions, or the one that answers."""

    checkpoint: Checkpoint
    family: Family | None
    prompts: Prompts
    sampling: Sampling
    backend: str

    @property
    def chat(self) -> ChatFormat:
        """Chat format of the checkpoint."""
        return self.prompts.chat


@dataclass(frozen=True)
class Plan:
    """Everything a run needs to know before an engine is opened."""

    recipe: Recipe
    instruction: Side
    response: Side
    judges: Judges
    key: str
    """Twelve hex digits over everything that decides the text of a record."""
    notices: tuple[str, ...] = field(default=())
    """What was decided for the user and should be said, one sentence each."""

    @property
    def shares_engine(self) -> bool:
        """Whether one engine serves both sides."""
        return self.recipe.response_engine is None

    @property
    def max_attempts(self) -> int:
        """Most indexes to try before giving up."""
        return self.recipe.run.max_attempts or max(100, 10 * self.recipe.run.n)


def make_plan(recipe: Recipe, plugins: Plugins) -> Plan:
    """Resolve ``recipe``.

    Raises:
        UnknownNameError: a family, backend, filter or rule that nobody offers.
        CheckpointError: the checkpoint cannot be opened or its chat template cannot be used.
        SettingsError: options that do not fit a filter.
    """
    notices: list[str] = []
    run = recipe.run
    pick("backend", run.backend, plugins.backends())  # the cheapest mistake to find comes first
    checkpoint, family = _open(run.checkpoint, run.family, recipe, plugins, notices)
    instruction = _side(checkpoint, family, recipe, plugins, run.backend, notices, responds=False)
    other = recipe.response_engine
    if other is not None:
        backend = other.backend or run.backend
        answering = _open(other.checkpoint, other.family, recipe, plugins, notices)
        response = _side(*answering, recipe, plugins, backend, notices, responds=True)
    else:
        response = _side(checkpoint, family, recipe, plugins, run.backend, [], responds=True)
    if run.system is not None:  # refuse now what no prompt could hold
        instruction.chat.opening(run.system)
        response.chat.opening(run.system)
    judges = _judges(recipe, family, plugins)
    key = _key(recipe, instruction, response, judges)
    return Plan(recipe, instruction, response, judges, key, tuple(dict.fromkeys(notices)))


def _open(
    name: str | None, family_name: str | None, recipe: Recipe, plugins: Plugins, notices: list[str]
) -> tuple[Checkpoint, Family | None]:
    """Open the checkpoint the user named, the family's own, or the embedded one; name the family."""
    family = plugins.family(family_name) if family_name else None
    models = plugins.models()
    trust = recipe.run.trust_remote_code
    if name is None and family is None:
        name = pick("model", EMBEDDED, models).name
        notices.append(
            f"no checkpoint named: using the embedded demonstration model `{EMBEDDED}` "
            "(its data shows the method; it trains nothing useful)"
        )
    if name is not None:
        model = models.get(name)
        checkpoint = open_checkpoint(
            name, path=model.path if model else None, trust_remote_code=trust
        )
    else:
        assert family is not None
        checkpoint = _family_default(family, models, trust, notices)
    if family is None:
        family = plugins.guess_family(checkpoint)
        if family is None:
            notices.append(
                f"no installed family fits `{checkpoint.name}`: its chat template decides all"
            )
    return checkpoint, family


def _family_default(
    family: Family, models: Mapping[str, NamedModel], trust: bool, notices: list[str]
) -> Checkpoint:
    """The family's default checkpoint; offline, the embedded model that speaks the family's format."""
    name = family.default_checkpoint
    try:
        return open_checkpoint(name, trust_remote_code=trust)
    except UnreachableError:
        stand_ins = [m for m in models.values() if m.embedded and m.family == family.name]
        if not stand_ins:
            raise
        notices.append(
            f"`{name}`, the default checkpoint of {family.name}, is not on this machine and the hub "
            f"cannot be reached: using the embedded demonstration model `{stand_ins[0].name}`; "
            "name another with --checkpoint"
        )
        return open_checkpoint(stand_ins[0].name, path=stand_ins[0].path)


def _side(
    checkpoint: Checkpoint,
    family: Family | None,
    recipe: Recipe,
    plugins: Plugins,
    backend: str,
    notices: list[str],
    *,
    responds: bool,
) -> Side:
    pick("backend", backend, plugins.backends())
    run = recipe.run
    variables = {"date_string": run.date} if run.date else {}
    chat = choose_format(checkpoint, family, run.format, variables, notices)
    form = run.form or (family.form if family else "default")
    prompts = Prompts(chat, checkpoint.tokenizer, bare=form == "bare")
    if not prompts.encode(prompts.pre_query_text()):
        raise ChatTemplateError(
            "the pre-query is empty: this template opens a user turn with nothing to sample from",
            hint="magpie probe " + checkpoint.name,
        )
    section = recipe.response if responds else recipe.instruction
    default = (
        (family.response_sampling if responds else family.instruction_sampling)
        if family
        else (Sampling(temperature=0.0, max_tokens=4096) if responds else Sampling(max_tokens=2048))
    )
    sampling = choose_sampling(
        section,
        default,
        family,
        plugins.first_token_rules(),
        (stop_token_ids(checkpoint, family, chat), stop_strings(checkpoint, family, chat)),
        first_token=not responds,
    )
    return Side(checkpoint, family, prompts, sampling, backend)


def _judges(recipe: Recipe, family: Family | None, plugins: Plugins) -> Judges:
    """One of each cleaner and filter in force, with the recipe's options."""
    cleaners, filters = plugins.cleaners(), plugins.filters()
    wanted = dict(recipe.filters)
    for name in family.cleaners if family else ():
        pick("cleaner", name, cleaners)
    for name in wanted:
        pick("filter", name, {**cleaners, **filters})
    needed = family.cleaners if family else ()
    return Judges(
        tuple(
            _build(kind, wanted.get(name, {}))
            for name, kind in cleaners.items()
            if _enabled(wanted, name, kind.default or name in needed)
        ),
        tuple(
            _build(kind, wanted.get(name, {}))
            for name, kind in filters.items()
            if _enabled(wanted, name, kind.default)
        ),
    )


def _enabled(wanted: dict[str, dict[str, Any]], name: str, default: bool) -> bool:
    if name not in wanted:
        return default
    return bool(wanted[name].get("enabled", True))


def _build(kind: type[Any], options: dict[str, Any]) -> Any:
    given = {key: value for key, value in options.items() if key != "enabled"}
    try:
        return msgspec.convert(given, kind)
    except msgspec.ValidationError as error:
        known = ", ".join(one.name for one in msgspec.structs.fields(kind)) or "none"
        raise SettingsError(
            f"filter `{kind.name}`: {error} (options: {known})",
            hint=f"correct [filters.{kind.name}] in the recipe",
        ) from error


def _key(recipe: Recipe, instruction: Side, response: Side, judges: Judges) -> str:
    decisive = {
        "seed": recipe.run.seed,
        "system": recipe.run.system,
        "sides": [
            {
                "checkpoint": side.checkpoint.name,
                "chat": side.chat.fingerprint,
                "bare": side.prompts.bare,
                "sampling": msgspec.to_builtins(side.sampling),
                "backend": side.backend,
            }
            for side in (instruction, response)
        ],
        "engine": [recipe.engine.dtype, recipe.engine.max_context],
        "judges": [[one.name, msgspec.to_builtins(one)] for one in judges.all],
    }
    return hashlib.sha256(msgspec.json.encode(decisive, order="sorted")).hexdigest()[:12]
