"""What every adapter keeps to when it says which family a checkpoint is.

Inherit, name the adapter and give stand-ins for the telling parts of templates::

    class TestGuess(GuessContract):
        adapter = magpie_adapter_gemma
        ours = ((stand_in("my-finetune", "<start_of_turn>", model_type="gemma2"), "gemma2"),)
        others = (stand_in("google/gemma-2-9b-chatml", "<|im_start|>"),)
        named = {"somewhere/gemma2-27b-it": "gemma2"}

Everything is asked twice: of the adapter alone, and of all installed adapters together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import ModuleType, SimpleNamespace
from typing import Any, ClassVar

import pytest

from magpie_core.checkpoint import Checkpoint
from magpie_core.plugins import load_plugins
from magpie_core.testing import golden as goldens
from magpie_core.testing.contracts.contract import Contract

HOOK = "magpie_guess_family of this adapter leads"
ALL = "all installed adapters together lead"


def stand_in(
    name: str, template: str | None = None, *, bos: str | None = None, **config: Any
) -> Checkpoint:
    """A checkpoint of which only what is given is known; ``config`` holds entries of ``config.json``."""
    tokenizer = SimpleNamespace(chat_template=template, bos_token=bos)
    known = {key: value for key, value in config.items() if value is not None}
    return Checkpoint(name=name, path=name, config=known, tokenizer=tokenizer)


class GuessContract(Contract):
    """Checks how one adapter tells its families' checkpoints from each other and from everybody else's."""

    adapter: ClassVar[ModuleType]
    """The module that offers families and implements ``magpie_guess_family``."""
    ours: ClassVar[Sequence[tuple[Checkpoint, str]]] = ()
    """Checkpoints whose template, or what stands beside it, tells their family."""
    others: ClassVar[Sequence[Checkpoint]] = ()
    """Checkpoints with a template that are taken for none of the families, whatever their name."""
    config: ClassVar[Mapping[str, Any]] = {}
    """What the configuration says of checkpoints that are known by name only."""
    named: ClassVar[Mapping[str, str]] = {}
    """Names that tell the family where there is no template."""
    not_named: ClassVar[Sequence[str]] = ()
    """Names that only look like those of the families."""
    real: ClassVar[Mapping[str, str]] = {}
    """Real templates by ``maker__name``, with the family; all others at hand must be nobody's here."""
    typed: ClassVar[Mapping[str, str]] = {}
    """What people type after ``--family``."""

    def real_checkpoint(self, name: str, template: str) -> Checkpoint:
        """The checkpoint of the real template called ``name``; replace it where more must be known."""
        return stand_in("my-finetune", template)

    def test_ours_are_told(self) -> None:
        """By the adapter alone, and where all have a say."""
        wanted = {self._label(one): family for one, family in self.ours}
        assert len(wanted) == len(self.ours), "the same checkpoint is listed twice in `ours`"
        self._agree({self._label(one): self._said(one) for one, _ in self.ours}, wanted, HOOK)
        self._agree({self._label(one): self._guessed(one) for one, _ in self.ours}, wanted, ALL)

    def test_others_are_not_ours(self) -> None:
        """Whatever their names are."""
        wanted = {self._label(one): None for one in self.others}
        self._agree({self._label(one): self._said(one) for one in self.others}, wanted, HOOK)
        self._agree({self._label(one): self._guessed(one) for one in self.others}, wanted, ALL)

    def test_names_decide_without_a_template(self) -> None:
        """The core compares them; the hook says nothing."""
        found = {name: self._guessed(stand_in(name, **self.config)) for name in self.named}
        self._agree(found, self.named, ALL)
        said = {name: self._said(stand_in(name, **self.config)) for name in self.named}
        assert set(said.values()) <= {None}, f"the core compares names, not the hook: {said}"

    def test_names_that_only_look_like_ours(self) -> None:
        """They are nobody's here."""
        found = {name: self._guessed(stand_in(name, **self.config)) for name in self.not_named}
        self._agree(found, dict.fromkeys(self.not_named), ALL)

    def test_real_templates(self) -> None:
        """All that are at hand."""
        names = goldens.template_names()
        if not names:
            pytest.skip("no real templates at hand")
        asked = {name: self.real_checkpoint(name, goldens.template(name)) for name in names}
        wanted = {name: self.real.get(name) for name in names}
        self._agree({name: self._said(one) for name, one in asked.items()}, wanted, HOOK)
        self._agree({name: self._guessed(one) for name, one in asked.items()}, wanted, ALL)

    def test_what_people_type(self) -> None:
        """After ``--family``."""
        plugins = load_plugins()
        found = {name: plugins.family(name).name for name in self.typed}
        self._agree(found, self.typed, "what is typed leads")

    @staticmethod
    def _agree(found: Mapping[str, str | None], wanted: Mapping[str, str | None], who: str) -> None:
        """Fail with what differs, and nothing else."""
        wrong = {one: (found[one], wanted[one]) for one in wanted if found[one] != wanted[one]}
        assert not wrong, f"{who} to another family than it should, (found, wanted): {wrong}"

    def _said(self, one: Checkpoint) -> str | None:
        """The answer of the adapter's hook."""
        answer: str | None = self.adapter.magpie_guess_family(checkpoint=one)
        return answer

    def _guessed(self, one: Checkpoint) -> str | None:
        """The family all installed adapters settle on, if it is one of these."""
        ours = {family.name for family in self.adapter.magpie_register_families()}
        found = load_plugins().guess_family(one)
        return found.name if found and found.name in ours else None

    def _label(self, one: Checkpoint) -> str:
        return f"{one.name} {dict(one.config)} {one.chat_template!r}"
