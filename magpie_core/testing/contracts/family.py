"""What every family keeps to.

Inherit, name the family and the checkpoint its facts are read from, done::

    class TestParrot(FamilyContract):
        family = PARROT
        checkpoint = PARROT.default_checkpoint

Where tests must run without the checkpoint, ``magpie_core.testing.toys`` builds a ``tokenizer``, and
``goldens`` name renderings that were kept.
"""

from __future__ import annotations

import re
from functools import cache
from types import SimpleNamespace
from typing import Any, ClassVar

import msgspec
import pytest

from magpie_core.chat.derive import ANSWER, SYSTEM, USER_ONE, USER_TWO
from magpie_core.chat.format import SYSTEM_SLOT
from magpie_core.chat.prompts import Prompts
from magpie_core.chat.thinking import with_thinking
from magpie_core.checkpoint import Checkpoint, open_checkpoint
from magpie_core.errors import ChatTemplateError, CheckpointError
from magpie_core.family import Family
from magpie_core.plugins import Plugins, load_plugins
from magpie_core.record import Turn
from magpie_core.sampling import Sampling
from magpie_core.testing import golden as goldens_module
from magpie_core.testing.contracts.contract import Contract
from magpie_core.testing.golden import Golden, conversations, golden

PIECES = (
    "pre_query",
    "pre_query_bare",
    "pre_query_with_system",
    "pre_query_with_system_bare",
    "pre_query_with_system_think",
    "pre_query_think",
    "user_end",
    "user_to_assistant",
    "user_to_assistant_history",
    "user_to_assistant_think",
    "user_to_assistant_no_think",
    "turn_append",
)
PLAIN_WORDS = {"assistant", "user", "system"}
"""Words that occur in honest instructions: as stop strings they cut them short."""


class FamilyContract(Contract):
    """Checks the registered facts of one family against golden renderings and against themselves."""

    family: ClassVar[Family]
    goldens: ClassVar[tuple[str, ...]] = ()
    """Checkpoints with golden renderings, written as ``maker__name``."""
    known_exceptions: ClassVar[dict[str, str]] = {}
    """``golden`` or ``golden/conversation`` that the pieces do not rebuild, with the reason."""
    golden_edits: ClassVar[dict[str, str]] = {}
    """Text replaced in the goldens first, such as the date they were rendered on by the registered one."""
    released_vocabulary: ClassVar[bool] = False
    """Whether ``tokenizer()`` has the family's released vocabulary, so that ids can be compared."""
    checkpoint: ClassVar[str | None] = None
    """Checkpoint to take tokenizer and template from; what needs them is skipped where it is not at hand."""

    def tokenizer(self) -> Any:
        """A tokenizer with the family's special tokens, for the token-level checks; None to skip them."""
        return self._opened().tokenizer if self.checkpoint else None

    def chat_template(self) -> str | None:
        """A template source to guess by: the family's markers, unless it publishes none."""
        if self.checkpoint:
            return self._opened().chat_template
        return "\n".join(self.family.template_markers) or None if self.family.has_template else None

    # --- the pieces -------------------------------------------------------------------------------

    def test_pieces_rebuild_the_golden_renderings(self) -> None:
        """Character for character, but for ``known_exceptions``, which must really differ."""
        wrong, needless = [], []
        for name in self.goldens:
            one = golden(name)
            differing = {c for c in one.renderings if not self._rebuilds(one, c)}
            for conversation in one.renderings:
                excused = {name, f"{name}/{conversation}"} & set(self.known_exceptions)
                if conversation in differing and not excused:
                    wrong.append(self._difference(one, conversation))
                if conversation not in differing and f"{name}/{conversation}" in excused:
                    needless.append(f"{name}/{conversation}")
            if name in self.known_exceptions and not differing:
                needless.append(name)
        assert not wrong, (
            f"`{self.family.name}` does not write what the templates write:\n" + "\n".join(wrong)
        )
        assert not needless, f"known_exceptions that hold, remove them: {needless}"

    def test_known_exceptions_are_explained(self) -> None:
        for key, reason in self.known_exceptions.items():
            assert key.split("/")[0] in self.goldens, (
                f"known_exceptions names `{key}`, which is no golden here"
            )
            assert len(reason.split()) >= 3, f"say in a sentence why `{key}` is an exception"

    def test_pre_query_is_a_literal_prefix(self) -> None:
        """Where instructions are sampled from the template's own form."""
        if self.family.form != "default":
            pytest.skip(
                "instructions are sampled from the bare form, which the template does not write"
            )
        for name in self.goldens:
            for conversation, text in golden(name).renderings.items():
                if text is None or conversation.startswith("system"):
                    continue
                if {name, f"{name}/{conversation}"} & set(self.known_exceptions):
                    continue
                text = self._edited(text)
                assert text.startswith(self.family.pre_query), (
                    f"pre_query {self.family.pre_query!r} does not begin {name}/{conversation}: {text!r}"
                )

    def test_pieces_are_clean(self) -> None:
        family = self.family
        for piece in PIECES:
            text = getattr(family, piece) or ""
            for sentinel in (USER_ONE, USER_TWO, ANSWER, SYSTEM):
                assert sentinel not in text, f"{piece} holds the sentinel `{sentinel}`: {text!r}"
            slots = text.count(SYSTEM_SLOT)
            if piece.startswith("pre_query_with_system") and text:
                assert slots == 1, (
                    f"{piece} must hold `{SYSTEM_SLOT}` once, it holds it {slots} times: {text!r}"
                )
            else:
                assert not slots, f"{piece} must not hold `{SYSTEM_SLOT}`: {text!r}"
        assert family.pre_query.strip(), "pre_query is empty: there is nothing to sample from"
        assert family.user_to_assistant.strip(), (
            "user_to_assistant is empty: nothing opens an answer"
        )

    def test_system_prompt_has_a_place_or_not(self) -> None:
        family = self.family
        placeless = family.system_role in ("dropped", "refused")
        assert (
            placeless == (family.pre_query_with_system is None) or family.system_role == "merged"
        ), (
            f"system_role is `{family.system_role}`, but pre_query_with_system is "
            f"{family.pre_query_with_system!r}"
        )
        if family.default_system is not None:
            assert family.default_system in family.pre_query, (
                f"default_system {family.default_system!r} is not in pre_query {family.pre_query!r}"
            )

    def test_bos_begins_every_opening(self) -> None:
        family = self.family
        if family.bos is None:
            return
        for piece in (one for one in PIECES if one.startswith("pre_query")):
            text = getattr(family, piece)
            if text is None:
                continue
            assert text.startswith(family.bos), (
                f"{piece} does not begin with BOS `{family.bos}`: {text!r}"
            )
            rest = text[len(family.bos) :]
            assert not rest.startswith(family.bos), f"{piece} begins with two BOS: {text!r}"

    def test_bare_form_is_known_where_it_is_used(self) -> None:
        if self.family.form == "bare":
            assert self.family.pre_query_bare, "form is `bare`, but pre_query_bare is not given"
            assert self.family.pre_query_bare != self.family.pre_query, (
                'pre_query_bare equals pre_query: leave it out and use form="default"'
            )

    def test_forms_of_an_answer(self) -> None:
        """With reasoning and without: they differ, and the template's default is one of them."""
        family = self.family
        think, no_think = family.user_to_assistant_think, family.user_to_assistant_no_think
        chat = family.chat_format()
        if think is None or no_think is None:
            for name in ("response_sampling_think", "response_sampling_no_think"):
                form = name.replace("response_sampling", "user_to_assistant")
                assert getattr(family, name) is None or getattr(family, form) is not None, (
                    f"{name} is given, but no {form}: nothing could ask for it"
                )
            return
        on, off = (with_thinking(chat, wanted) for wanted in (True, False))
        turns = [Turn("user", "Hi")]
        assert on.render(turns) != off.render(turns), (
            f"answers with reasoning and without are asked for alike: {on.render(turns)!r}"
        )
        assert chat.render(turns) in (on.render(turns), off.render(turns)), (
            "the template's default is neither the form with reasoning nor the one without"
        )

    # --- stops and sampling -----------------------------------------------------------------------

    def test_stops(self) -> None:
        family = self.family
        assert family.stop_tokens or family.stop_strings, "nothing ends a sample: give stop_tokens"
        for field in ("stop_tokens", "stop_token_ids", "stop_strings"):
            values = getattr(family, field)
            assert len(set(values)) == len(values), f"{field} lists something twice: {values}"
        if family.stop_token_ids:
            assert len(family.stop_tokens) == len(family.stop_token_ids), (
                f"{len(family.stop_tokens)} stop_tokens, but {len(family.stop_token_ids)} stop_token_ids: "
                "they are listed in the same order"
            )
        for stop in family.stop_strings:
            assert stop.strip(), (
                f"stop string {stop!r} is white space: it cuts instructions of several lines"
            )
            assert stop.strip().lower() not in PLAIN_WORDS, (
                f"stop string {stop!r} is a plain word: it cuts honest instructions that use it"
            )

    def test_sampling_defaults_are_valid(self) -> None:
        fields = ("instruction_sampling", "response_sampling")
        for field in (*fields, "response_sampling_think", "response_sampling_no_think"):
            sampling = getattr(self.family, field)
            if sampling is None:
                continue
            try:
                msgspec.convert(msgspec.to_builtins(sampling), Sampling)
            except msgspec.ValidationError as error:
                pytest.fail(f"{field} of `{self.family.name}` is not valid: {error}")

    def test_rules_and_cleaners_are_offered(self) -> None:
        plugins = load_plugins()
        rule = self.family.first_token_rule
        if rule is not None:
            rules = plugins.first_token_rules()
            assert rule in rules, (
                f"first_token_rule `{rule}` is offered by nobody (there are: {sorted(rules)})"
            )
        missing = set(self.family.cleaners) - set(plugins.cleaners())
        assert not missing, f"cleaners that no installed plugin offers: {sorted(missing)}"

    # --- names ------------------------------------------------------------------------------------

    def test_is_offered_by_its_plugin(self) -> None:
        plugins = load_plugins()
        families = plugins.families()
        broken = [f"{info.name}: {info.problem}" for info in plugins.broken]
        assert self.family.name in families, (
            f"no installed plugin offers `{self.family.name}`: install the adapter (pip install -e .); "
            f"broken plugins: {broken or 'none'}"
        )
        assert families[self.family.name] == self.family, (
            f"the `{self.family.name}` that is offered is not the one under test: return it from "
            "magpie_register_families"
        )
        for alias in self.family.aliases:
            assert plugins.family(alias) == self.family, f"alias `{alias}` leads to another family"

    def test_names_are_lower_case(self) -> None:
        for name in (self.family.name, *self.family.aliases):
            assert name == name.lower().strip(), (
                f"`{name}` must be lower case: users' input is lowered first"
            )
        assert len({self.family.name, *self.family.aliases}) == 1 + len(self.family.aliases), (
            f"an alias is listed twice or repeats the name: {self.family.aliases}"
        )
        assert self.family.title.strip(), "title is empty"

    def test_name_pattern_fits_its_own_checkpoints(self) -> None:
        pattern = self.family.name_pattern
        if pattern is None:
            pytest.skip("this family is not told by its name")
        for name in self._own_checkpoints():
            assert re.search(pattern, name, re.IGNORECASE), (
                f"name_pattern {pattern!r} does not fit `{name}`"
            )

    def test_guessed_from_its_own_checkpoints(self) -> None:
        """By every installed plugin together: no other family may claim them."""
        if not (self.family.template_markers or self.family.name_pattern):
            pytest.skip("this family is never guessed")
        plugins = load_plugins()
        for name in self._own_checkpoints():
            guessed = self._guess(plugins, name)
            assert guessed == self.family.name, (
                f"`{name}` is taken for `{guessed}`, not `{self.family.name}`"
            )

    def test_status_and_source(self) -> None:
        known = ("verified", "partly", "unverified")
        assert self.family.status in known, f"status is `{self.family.status}`, not one of {known}"
        assert self.family.source.strip(), "source is empty: say where the facts come from"
        if self.family.status == "verified":
            assert self.goldens, "status is `verified`, but no golden renderings are named"
        for quirk in self.family.quirks:
            assert quirk.strip(), "an empty quirk"

    # --- tokens -----------------------------------------------------------------------------------

    def test_pre_query_is_cut_between_tokens(self) -> None:
        prompts = self._prompts()
        unsafe = prompts.unsafe_probes()
        assert not unsafe, (
            f"the ids of {prompts.pre_query_text()!r} are no prefix of prompts that go on with {unsafe}"
        )

    def test_one_bos_or_none(self) -> None:
        prompts = self._prompts()
        bos = prompts.tokenizer.bos_token_id
        instruction, response = prompts.for_instruction(), prompts.for_response("Write a poem")
        for ids in (instruction, response):
            if self.family.bos is None:
                assert ids[:1] != [bos] or bos is None, (
                    f"the format has no BOS, the prompt has: {ids[:4]}"
                )
            else:
                assert ids.count(bos) == 1, f"{ids.count(bos)} BOS in a single-turn prompt: {ids}"
                assert ids[0] == bos, f"the prompt does not begin with BOS {bos}: {ids[:4]}"

    def test_known_ids(self) -> None:
        prompts = self._prompts()
        if not (self.released_vocabulary or self.checkpoint):
            pytest.skip("the tokenizer given has another vocabulary")
        if self.family.pre_query_ids is not None:
            found, known_ids = prompts.for_instruction(), list(self.family.pre_query_ids)
            assert found == known_ids, f"the pre-query is {found}, not pre_query_ids {known_ids}"
        for token, known in zip(self.family.stop_tokens, self.family.stop_token_ids, strict=False):
            assert prompts.encode(token) == [known], (
                f"stop token `{token}` is {prompts.encode(token)}, not {known}"
            )

    # --- helpers ----------------------------------------------------------------------------------

    def _opened(self) -> Checkpoint:
        """The checkpoint, opened once for all checks of it."""
        assert self.checkpoint is not None
        try:
            return _open(self.checkpoint)
        except CheckpointError as error:
            pytest.skip(f"`{self.checkpoint}` is not at hand: {error.message}")

    def _own_checkpoints(self) -> list[str]:
        return list(dict.fromkeys((self.family.default_checkpoint, *self.family.checkpoints)))

    def _guess(self, plugins: Plugins, name: str) -> str | None:
        model_type = next(iter(self.family.model_types), None)
        checkpoint = Checkpoint(
            name=name,
            path=name,
            config={"model_type": model_type} if model_type else {},
            tokenizer=SimpleNamespace(chat_template=self.chat_template()),
        )
        found = plugins.guess_family(checkpoint)
        return found.name if found else None

    def _prompts(self) -> Prompts:
        tokenizer = self.tokenizer()
        if tokenizer is None:
            pytest.skip("no tokenizer given")
        return Prompts(self.family.chat_format(), tokenizer, bare=self.family.form == "bare")

    def _edited(self, text: str) -> str:
        for old, new in self.golden_edits.items():
            text = text.replace(old, new)
        return text

    def _written(self, conversation: str, turns: list[Turn]) -> str | None:
        """What the family's pieces make of a conversation; None when they refuse it."""
        generation = goldens_module.with_generation_prompt(conversation)
        try:
            return self.family.chat_format().render(turns, add_generation_prompt=generation)
        except ChatTemplateError:
            return None

    def _rebuilds(self, one: Golden, conversation: str) -> bool:
        expected = one.renderings[conversation]
        written = self._written(conversation, conversations()[conversation])
        return written == (None if expected is None else self._edited(expected))

    def _difference(self, one: Golden, conversation: str) -> str:
        expected = one.renderings[conversation]
        written = self._written(conversation, conversations()[conversation])
        golden_text = "refuses it" if expected is None else repr(self._edited(expected))
        our_text = "refuses it" if written is None else repr(written)
        return f"  {one.name}/{conversation}\n    template: {golden_text}\n    pieces:   {our_text}"


@cache
def _open(name: str) -> Checkpoint:
    return open_checkpoint(name)
