"""Who judges: the checkpoint, its backend and its prompts, resolved before any weight is loaded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from magpie_core.backend import Backend, EngineSettings
from magpie_core.chat.template import today, writes_date
from magpie_core.checkpoint import Checkpoint
from magpie_core.choices import pick
from magpie_core.errors import CheckpointError, UsageError
from magpie_core.family import Family
from magpie_core.opening import open_with_family, with_absolute_paths
from magpie_core.plugins import Plugins
from magpie_core.run.recipe import EngineSection, Recipe
from magpie_core.tagger import Tagger
from magpie_core.tagging.engine import BackendEngine
from magpie_core.tagging.prompter import Prompter, make_prompter

Need = Literal["answer", "score"]


@dataclass
class Judge:
    """The checkpoint that taggers ask, and how it is opened."""

    checkpoint: Checkpoint
    family: Family | None
    backend: str
    section: EngineSection
    need: Need
    format: str | None
    date: str | None
    """As the user gave it."""
    trust_remote_code: bool
    notices: list[str] = field(default_factory=list)
    _prompters: dict[str | None, tuple[Prompter, tuple[int, ...], tuple[str, ...]]] = field(
        default_factory=dict
    )
    """By date: taking a template apart takes longer than many a question."""

    def engine(self, date: str | None) -> BackendEngine:
        """What a tagger is given, still without a backend.

        Args:
            date: see ``date_for``.

        Raises:
            ChatTemplateError: the checkpoint cannot be prompted.
        """
        if date not in self._prompters:
            self._prompters[date] = make_prompter(
                self.checkpoint, self.family, self.format, date, self.notices
            )
        prompter, ids, strings = self._prompters[date]
        known = [self.section.max_context, self.checkpoint.context_length]
        return BackendEngine(
            backend=None,
            prompter=prompter,
            checkpoint=self.checkpoint.name,
            stop_token_ids=ids,
            stop_strings=strings,
            context=min((one for one in known if one), default=None),
        )

    def date_for(self, stored: Mapping[str, Any] | None) -> str | None:
        """The date that prompts hold: the one asked for, that of an earlier session, or today's.

        None where the template writes none.
        """
        if self.date is not None:
            return self.date
        before = stored.get("date") if stored else None
        if isinstance(before, str):
            return before
        return today() if writes_date(self.checkpoint.tokenizer) else None

    def settings(self, engine: BackendEngine, date: str | None) -> dict[str, Any]:
        """What of the judge decides a column, as TOML values. Devices and batches do not."""
        said = {
            "checkpoint": self.checkpoint.name,
            "weights": self.checkpoint.weights,
            "backend": self.backend,
            "dtype": self.section.dtype,
            "max_context": self.section.max_context,
            "prompts": engine.prompter.fingerprint(whole=self.need == "score"),
            "date": date,
        }
        return {name: value for name, value in said.items() if value is not None}

    async def open(self, plugins: Plugins) -> Backend:
        """Load the checkpoint.

        Raises:
            MagpieError: it cannot be loaded.
        """
        kind = pick("backend", self.backend, plugins.backends())
        return await kind.open(
            EngineSettings(
                checkpoint=self.checkpoint.path,
                task="score" if self.need == "score" else "generate",
                device=self.section.device,
                dtype=self.section.dtype,
                max_batch=self.section.max_batch,
                max_context=self.section.max_context,
                trust_remote_code=self.trust_remote_code,
                options=dict(self.section.options),
            )
        )


def find_judge(
    taggers: Sequence[Tagger], recipe: Recipe, plugins: Plugins, notices: list[str]
) -> Judge | None:
    """The judge that ``recipe`` names; None where no tagger needs one.

    Raises:
        UsageError: scores are wanted, and no checkpoint is named or the backend gives none.
        CheckpointError: answers are wanted, and the checkpoint has no head that writes.
        MagpieError: the checkpoint cannot be opened, or nobody offers the backend.
    """
    need = next((one.needs for one in taggers if one.needs is not None), None)
    if need is None:
        return None
    recipe = with_absolute_paths(recipe)
    run = recipe.run
    backend = pick("backend", run.backend, plugins.backends())
    backend.check_options(recipe.engine.options)
    if need == "score":
        _require_scores(taggers, recipe, plugins)
    checkpoint, family = open_with_family(
        run.checkpoint, run.family, plugins, notices, trust=run.trust_remote_code, stand_in=False
    )
    if need == "answer" and checkpoint.without_words is not None:
        wanting = next(one.name for one in taggers if one.needs == "answer")
        raise CheckpointError(
            f"`{wanting}` needs a checkpoint that writes answers, and `{checkpoint.name}` "
            f"({checkpoint.without_words}) has a head for scores only",
            hint="choose a chat model; this one is for magpie tag SOURCE reward",
        )
    return Judge(
        checkpoint=checkpoint,
        family=family,
        backend=run.backend,
        section=recipe.engine,
        need=need,
        format=run.format,
        date=run.date,
        trust_remote_code=run.trust_remote_code,
        notices=notices,
    )


def _require_scores(taggers: Sequence[Tagger], recipe: Recipe, plugins: Plugins) -> None:
    """Find the cheapest mistakes first: no checkpoint is downloaded for them.

    Raises:
        UsageError: no checkpoint is named, or the backend gives no scores.
    """
    run, backends = recipe.run, plugins.backends()
    if run.checkpoint is None:
        wanting = next(one.name for one in taggers if one.needs == "score")
        raise UsageError(
            f"`{wanting}` needs a checkpoint with a head that scores, and none is named",
            hint="--checkpoint Skywork/Skywork-Reward-V2-Qwen3-0.6B",
        )
    if not backends[run.backend].capabilities.scores:
        able = [name for name, one in backends.items() if one.capabilities.scores]
        raise UsageError(
            f"the {run.backend} backend gives no scores (those that do: {', '.join(able) or 'none'})",
            hint=f"--backend {able[-1]}" if able else "pip install 'magpie-backend-vllm[engine]'",
        )
