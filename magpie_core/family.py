"""Family: the registered facts and policy of one model family, and guessing the family of a checkpoint.

Knows no family by name: adapters register them through ``magpie_register_families``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Literal

import msgspec

from magpie_core.chat.format import ChatFormat, SystemRole
from magpie_core.checkpoint import Checkpoint
from magpie_core.record import Role
from magpie_core.sampling import Sampling

COMPARED = ("pre_query", "user_to_assistant", "user_to_assistant_history", "turn_append", "bos")
Form = Literal["default", "bare"]
Status = Literal["verified", "partly", "unverified"]


class Family(msgspec.Struct, frozen=True, kw_only=True):
    """Facts and policy of one model family.

    Texts are exactly what the chat template renders, spaces and newlines included; the token-safe cut
    is made when prompts are turned into ids. See ``ChatFormat`` for the pieces.
    """

    name: str
    title: str
    """Name as its makers write it, for tables."""
    aliases: tuple[str, ...] = ()

    pre_query: str
    pre_query_bare: str | None = None
    """Pre-query without any system block; None when ``pre_query`` has none anyway."""
    pre_query_with_system: str | None = None
    """Pre-query with ``{system}`` where the user's system prompt goes; None when there is no place."""
    pre_query_with_system_bare: str | None = None
    """The same without what the template writes on its own around it; None when there is no such thing."""
    user_end: str
    """Text right after the user's words when nothing follows yet."""
    user_to_assistant: str
    user_to_assistant_history: str | None = None
    """The same inside a history, where it differs; None when equal."""
    user_to_assistant_think: str | None = None
    """``user_to_assistant`` where an answer with reasoning is asked for; None when there is no such form."""
    user_to_assistant_no_think: str | None = None
    """The same where an answer without reasoning is asked for."""
    pre_query_think: str | None = None
    """``pre_query`` of a conversation whose answer is to be reasoned, where the template says so there."""
    pre_query_with_system_think: str | None = None
    turn_append: str
    default_system: str | None = None
    system_role: SystemRole = "native"
    bos: str | None = None
    trims: tuple[Role, ...] = ()
    """Roles whose words the template trims, in the order system, user, assistant."""

    form: Form = "default"
    """Which pre-query instructions are sampled from unless the user says otherwise."""
    pre_query_ids: tuple[int, ...] | None = None
    """Known ids of the token-safe pre-query in ``form``, in the family's released vocabulary."""
    stop_tokens: tuple[str, ...] = ()
    stop_token_ids: tuple[int, ...] = ()
    """Ids of ``stop_tokens`` in the family's released vocabulary, in the same order."""
    stop_strings: tuple[str, ...] = ()
    """Only where role markers are plain text."""
    instruction_sampling: Sampling = Sampling(temperature=1.0, top_p=1.0, max_tokens=2048)
    response_sampling: Sampling = Sampling(temperature=0.0, top_p=1.0, max_tokens=4096)
    response_sampling_think: Sampling | None = None
    """Where answers are asked for with reasoning; None when as ``response_sampling``."""
    response_sampling_no_think: Sampling | None = None
    """Where answers are asked for without; None when as ``response_sampling``."""
    first_token_rule: str | None = None
    """Name of the rule for an instruction's first token (``magpie_register_logits_processors``)."""
    cleaners: tuple[str, ...] = ()
    """Cleaners this family needs besides the default ones."""

    default_checkpoint: str
    checkpoints: tuple[str, ...] = ()
    instructions_from: str | None = None
    """Checkpoint to sample instructions from, where this family's seldom write any from nothing; they then
    answer."""
    template_markers: tuple[str, ...] = ()
    """Strings that are all in the chat template of this family, and not all in any other's."""
    template_absent: tuple[str, ...] = ()
    """Strings that are in no chat template of this family."""
    name_pattern: str | None = None
    """Regular expression searched, without regard to case, in a checkpoint's name."""
    model_types: tuple[str, ...] = ()
    has_template: bool = True
    """False when the makers publish no chat template, so that the registered facts must serve."""
    date_dependent: bool = False
    """Whether the template writes today's date."""
    status: Status = "unverified"
    source: str = ""
    """Where the facts come from: model card, template, paper."""
    quirks: tuple[str, ...] = ()
    """What a user should know, one sentence each."""

    def chat_format(self) -> ChatFormat:
        """The registered facts as a ``ChatFormat``."""
        return ChatFormat(
            pre_query=self.pre_query,
            pre_query_bare=self.pre_query_bare or self.pre_query,
            pre_query_with_system=self.pre_query_with_system,
            pre_query_with_system_bare=self.pre_query_with_system_bare,
            user_end=self.user_end,
            user_to_assistant=self.user_to_assistant,
            user_to_assistant_history=self.user_to_assistant_history or self.user_to_assistant,
            turn_append=self.turn_append,
            default_system=self.default_system,
            system_role=self.system_role,
            bos=self.bos,
            trims=self.trims,
            user_to_assistant_think=self.user_to_assistant_think,
            user_to_assistant_no_think=self.user_to_assistant_no_think,
            pre_query_think=self.pre_query_think,
            pre_query_with_system_think=self.pre_query_with_system_think,
            source="registered",
        )

    def sampling_of_responses(self, thinking: bool | None) -> Sampling:
        """Sampling defaults of responses with reasoning, without, or (None) where nobody can tell."""
        asked = {True: self.response_sampling_think, False: self.response_sampling_no_think}
        return (asked[thinking] if thinking is not None else None) or self.response_sampling


def guess_by_facts(checkpoint: Checkpoint, families: Iterable[Family]) -> str | None:
    """Name the family whose facts fit best: template markers, then name, then model type.

    Families that the template's markers do not rule out are told apart by the checkpoint's name.
    Model type alone answers only when a single family claims it.
    """
    known = list(families)
    template = checkpoint.chat_template
    if template:
        marked = [f for f in known if _template_fits(f, template)]
        if marked:
            named = [f for f in marked if _name_fits(f, checkpoint.name)]
            return max(named or marked, key=lambda f: len(f.template_markers)).name
    named = [f for f in known if _name_fits(f, checkpoint.name)]
    if named and not template:
        return named[0].name
    typed = [f for f in known if checkpoint.model_type in f.model_types and not template]
    return typed[0].name if len(typed) == 1 else None


def _template_fits(family: Family, template: str) -> bool:
    return (
        bool(family.template_markers)
        and all(marker in template for marker in family.template_markers)
        and not any(marker in template for marker in family.template_absent)
    )


def _name_fits(family: Family, name: str) -> bool:
    return bool(family.name_pattern and re.search(family.name_pattern, name, re.IGNORECASE))


def differences(derived: ChatFormat, family: Family | None) -> dict[str, str]:
    """Where the family's registered facts differ from the checkpoint's own template.

    Returns:
        the names of the pieces, each with what the two say.
    """
    if family is None:
        return {}
    registered = family.chat_format()
    skipped = {"pre_query"} if family.date_dependent else set()
    found = {}
    for piece in COMPARED:
        ours, theirs = getattr(registered, piece), getattr(derived, piece)
        if piece not in skipped and ours != theirs:
            found[piece] = f"the template has {theirs!r}, {family.name} has {ours!r}"
    return found
