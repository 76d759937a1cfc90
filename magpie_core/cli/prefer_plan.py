"""From the options of ``magpie prefer`` to a plan: what samples, what rates, what makes the pair."""

from __future__ import annotations

import math
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from magpie_core.cli.options import build_recipe
from magpie_core.errors import UsageError

if TYPE_CHECKING:
    from magpie_core.dataset.source import Source
    from magpie_core.plan import Plan
    from magpie_core.plugins import Plugins
    from magpie_core.preference import Strategy
    from magpie_core.run.recipe import Recipe
    from magpie_core.sampling import Sampling
    from magpie_core.steps.prefer_plan import PreferPlan
    from magpie_core.tagger import Tagger


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What the user asked for, by the names of the options."""

    samples: int
    reward: str | None
    by: str
    margin: float
    strategy: str
    other: Path | None
    response_temperature: float | None
    response_top_p: float | None
    max_response_tokens: int | None
    seed: int | None
    samples_from: str | None
    reward_backend: str | None
    reward_dtype: str | None
    reward_max_batch: int | None
    reward_max_context: int | None
    reward_option: tuple[str, ...]
    recipe: Path | None
    name: str | None
    limit: int | None

    def of_the_samples(self) -> dict[str, Any]:
        """What decides the samples, as flags that a recipe has a place for."""
        names = ("response_temperature", "response_top_p", "max_response_tokens", "seed")
        return {name: getattr(self, name) for name in names}


def make_prefer_plan(
    source: Source,
    path: Path,
    wanted: Wanted,
    flags: dict[str, Any],
    engine_option: tuple[str, ...],
    plugins: Plugins,
) -> PreferPlan:
    """Resolve a call, nothing written or loaded.

    Args:
        source: opened from ``path``.
        path: as the user gave it.
        wanted: the options of this command.
        flags: the options it shares with others, about the checkpoint that answers.
        engine_option: for its engine.
        plugins: what is installed.

    Raises:
        MagpieError: a name nobody offers, a checkpoint that cannot be opened, values that do not fit.
    """
    from magpie_core.cli.source_plan import plan_of
    from magpie_core.run.recipe import Recipe, read_recipe
    from magpie_core.steps.prefer_plan import FOLDER, NAME, PreferPlan
    from magpie_core.steps.rate_responses import number_column
    from magpie_core.tagging.choosing import FOLDER_NAME, one_tagger
    from magpie_core.tagging.judge import find_judge

    for option, name in (("--as", wanted.name), ("--samples-from", wanted.samples_from)):
        if name is not None and not FOLDER_NAME.fullmatch(name):
            raise UsageError(f"{option} `{name}` cannot name a folder", hint=f"{option} another")
    if wanted.samples_from and not (source.place / FOLDER / wanted.samples_from).is_dir():
        there = sorted(one.name for one in (source.place / FOLDER).glob("*") if one.is_dir())
        raise UsageError(
            f"no responses in {FOLDER}/{wanted.samples_from} (there are: {', '.join(there) or 'none'})",
            hint="leave out --samples-from to sample new ones",
        )
    sections = read_recipe(wanted.recipe) if wanted.recipe else Recipe()
    strategy = _strategy(wanted, sections, plugins)
    by = one_tagger(wanted.by, sections.taggers, plugins)
    column = number_column(by)
    plan = plan_of(path, flags, engine_option, plugins, asks=_asks(wanted))
    sampling = _sampling(plan, wanted)
    notices = list(plan.notices)
    judges = _judge_recipe(plan, wanted, by, plugins) if by.needs is not None else Recipe()
    if by.needs == "score" and wanted.reward is None:
        raise UsageError(
            f"`{by.name}` rates the responses with a checkpoint, and none is named",
            hint="--reward Skywork/Skywork-Reward-V2-Qwen3-0.6B",
        )
    if by.needs is None and wanted.reward is not None:
        raise UsageError(
            f"`{by.name}` rates without a checkpoint, so --reward `{wanted.reward}` says nothing",
            hint="leave out --by, or --reward",
        )
    if not math.isfinite(wanted.margin):
        raise UsageError(f"--margin {wanted.margin:g} is no number", hint="--margin 0.5")
    judge = find_judge([by], judges, plugins, notices)
    made = PreferPlan(
        source,
        plan,
        wanted.samples,
        sampling,
        by,
        column,
        strategy,
        margin=wanted.margin,
        seed=plan.recipe.run.seed if wanted.seed is None else wanted.seed,
        judge=judge,
        name=wanted.name or NAME,
        samples_from=wanted.samples_from,
        limit=wanted.limit,
        notices=list(dict.fromkeys(notices)),
    )
    if judge is not None:
        made.judge_date = judge.date_for(_date_before(made))
    return made


def _strategy(wanted: Wanted, recipe: Recipe, plugins: Plugins) -> Strategy:
    """The strategy with its options, and with the other model's responses where it asks for some.

    Raises:
        UsageError: it needs them and they are not named, or the other way round.
        SettingsError: options that do not fit it.
    """
    from magpie_core.choices import pick
    from magpie_core.configured import configured

    kind = pick("strategy", wanted.strategy, plugins.strategies())
    options = dict(recipe.strategies.get(kind.name, {}))
    takes = "other" in kind.__struct_fields__
    if takes and wanted.other is None and "other" not in options:
        raise UsageError(
            f"`{kind.name}` needs the responses of another model, and none are named",
            hint=f"--strategy {kind.name} --other runs/base   # or a file",
        )
    if wanted.other is not None and not takes:
        able = [
            name for name, one in plugins.strategies().items() if "other" in one.__struct_fields__
        ]
        raise UsageError(
            f"`{kind.name}` makes no use of --other `{wanted.other}` (those that do: {', '.join(able)})",
            hint=f"--strategy {able[0]}" if able else "leave it out",
        )
    if wanted.other is not None:
        options["other"] = str(wanted.other)
    if takes:
        options["other"] = str(Path(str(options["other"])).expanduser().absolute())
    strategy = configured("strategy", kind.name, kind, options)
    strategy.settings()  # whether what it reads can be read
    return strategy


def _asks(wanted: Wanted) -> str:
    reward = f" --reward {shlex.quote(wanted.reward)}" if wanted.reward else ""
    return f"prefer {{}}{reward}"


def _sampling(plan: Plan, wanted: Wanted) -> Sampling:
    """The responses' own sampling, a temperature that makes them differ, and what was asked for.

    Raises:
        UsageError: greedy, which gives one response only; or so few tokens that reasoning takes them all.
    """
    from magpie_core.steps.prefer_plan import TEMPERATURE

    chosen = build_recipe(None, wanted.of_the_samples()).response
    temperature = TEMPERATURE if chosen.temperature is None else chosen.temperature
    if temperature == 0:
        raise UsageError(
            f"at --response-temperature 0 all {wanted.samples} responses would be the same",
            hint=f"leave it out for {TEMPERATURE}",
        )
    budget = plan.reasoning_budget
    if budget is not None and chosen.max_tokens is not None and budget >= chosen.max_tokens:
        raise UsageError(
            f"--max-response-tokens {chosen.max_tokens} leaves no room for an answer: reasoning has up to "
            f"{budget} of them",
            hint=f"--max-response-tokens {budget + 1024}",
        )
    changed = {"top_p": chosen.top_p, "max_tokens": chosen.max_tokens}
    return msgspec.structs.replace(
        plan.response.sampling,
        temperature=temperature,
        **{name: value for name, value in changed.items() if value is not None},
    )


def _judge_recipe(plan: Plan, wanted: Wanted, by: Tagger, plugins: Plugins) -> Recipe:
    """How the checkpoint that rates is opened: on the same device, with the same backend if that can."""
    from magpie_core.run.recipe import engine_sections

    backend = wanted.reward_backend
    if backend is None:
        same = plugins.backends().get(plan.response.backend)
        if same is not None and (by.needs != "score" or same.capabilities.scores):
            backend = same.name
    flags = {
        "checkpoint": wanted.reward,
        "backend": backend,
        "device": engine_sections(plan.recipe)[-1].device,
        "dtype": wanted.reward_dtype,
        "max_batch": wanted.reward_max_batch,
        "max_context": wanted.reward_max_context,
        "trust_remote_code": plan.recipe.run.trust_remote_code,
    }
    return build_recipe(None, flags, wanted.reward_option)


def _date_before(plan: PreferPlan) -> dict[str, Any] | None:
    """The date in the prompts of an earlier session, as ``Judge.date_for`` takes it."""
    from magpie_core.dataset.columns import NAME, read_settings

    if not (plan.folder / NAME).is_file():
        return None
    settings = read_settings(plan.folder).get("settings", {})
    return {"date": settings.get("reward_date")}
