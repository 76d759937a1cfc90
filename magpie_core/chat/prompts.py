"""Turn a ChatFormat into token ids: one BOS or none, and a cut that falls between two tokens."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

from magpie_core.chat.format import ChatFormat
from magpie_core.errors import ChatTemplateError
from magpie_core.record import Turn

# What users begin with: a word, a capital, a number, code, Chinese, Spanish. If the pre-query's ids are
# a prefix of each whole prompt, the cut falls between two tokens.
BOUNDARY_PROBES = ("Write a poem", "how do tides work?", "3 + 4", "```python", "潮汐", "¿Cómo")

MOST_KEPT = 1024
"""Prompts kept, one for each system prompt: personas may be millions."""


class Prompts:
    """Builds prompts as token ids for one chat format and tokenizer.

    Text is always encoded whole, without special tokens added: what the template writes is all there is.
    """

    def __init__(self, chat: ChatFormat, tokenizer: Any, *, bare: bool = False) -> None:
        """Use ``bare`` to sample instructions without the default system block."""
        self.chat = chat
        self.tokenizer = tokenizer
        self.bare = bare
        self.encode = encoder(tokenizer, (*BOUNDARY_PROBES, chat.pre_query + chat.turn_append))
        self._for_instruction: dict[str | None, tuple[int, ...]] = {}

    def pre_query_text(self, system: str | None = None) -> str:
        """Text an instruction is sampled from, cut at a token boundary.

        Trailing spaces go: a user's first word carries its own space (``▁Hello``), so a lone space token
        is something the model has never seen there.
        """
        return self.chat.opening(system, bare=self.bare).rstrip(" ")

    def for_instruction(self, system: str | None = None) -> list[int]:
        """Ids to sample an instruction from."""
        ids = self._for_instruction.get(system)
        if ids is None:
            ids = tuple(self._one_bos(self.encode(self.pre_query_text(system))))
            if len(self._for_instruction) >= MOST_KEPT:
                self._for_instruction.clear()
            self._for_instruction[system] = ids
        return list(ids)

    def for_response(self, instruction: str, system: str | None = None) -> list[int]:
        """Ids to sample a response from, in the template's own form (default system block included).

        The answer is asked for with reasoning or without as ``chat.thinking`` says.

        Raises:
            ChatTemplateError: a system prompt is given and would be dropped.
        """
        turns = [Turn("user", instruction)]
        if system is not None:
            self.chat.opening(system)  # a template that drops a system message does so in silence
        return self.for_turns(turns if system is None else [Turn("system", system), *turns])

    def for_turns(self, turns: Sequence[Turn]) -> list[int]:
        """Ids of a conversation that ends with a user turn, ready for the next answer."""
        return self._one_bos(self.encode(self.chat.render(turns)))

    def for_follow_up(self, turns: Sequence[Turn], system: str | None = None) -> list[int]:
        """Ids to sample the user's next words from: the conversation so far, and the user's header.

        Args:
            turns: ends with an answer; the system prompt first when there is one.
            system: takes the place of the conversation's system prompt, for these words alone.

        Raises:
            ChatTemplateError: ``system`` is given and the template has no place for one.
        """
        if system is not None:
            self.chat.opening(system)  # a template that drops a system message does so in silence
            turns = [Turn("system", system), *(one for one in turns if one.role != "system")]
        return self._one_bos(self.encode(self.chat.before_user(turns).rstrip(" ")))

    def unsafe_probes(self, system: str | None = None) -> list[str]:
        """Beginnings of user text that would merge with the pre-query's last token; none when safe."""
        opening = self.chat.opening(system, bare=self.bare)
        ids = self.for_instruction(system)
        return [p for p in BOUNDARY_PROBES if self.encode(opening + p)[: len(ids)] != ids]

    @cached_property
    def _bos(self) -> int | None:
        """Id of the format's BOS; None where it has none, or where it is no token of its own."""
        bos: int | None = self.tokenizer.bos_token_id
        if self.chat.bos is None or bos is None or self.encode(self.chat.bos) != [bos]:
            return None
        return bos

    def _one_bos(self, ids: list[int]) -> list[int]:
        """``ids``, checked: exactly one BOS at the front where the format has one, else none."""
        bos = self._bos
        if bos is None:
            return ids
        if ids[:1] != [bos] or ids[1:2] == [bos]:
            raise ChatTemplateError(
                f"a prompt must begin with exactly one BOS (id {bos}), this one begins {ids[:4]}"
            )
        return ids


def encoder(tokenizer: Any, probes: Sequence[str]) -> Callable[[str], list[int]]:
    """Text to token ids as ``tokenizer.encode(text, add_special_tokens=False)``, in half the time.

    That method wraps the Rust tokenizer in Python (91 against 42 microseconds for a prompt of 30 tokens).
    The Rust one is used directly where it gives the same ids for all ``probes``; text by text, since its
    batches let go of the interpreter, and getting it back takes longer beside a busy engine than the text.
    """

    def wrapped(text: str) -> list[int]:
        return list(tokenizer.encode(text, add_special_tokens=False))

    rust = getattr(tokenizer, "backend_tokenizer", None)
    if rust is None:
        return wrapped

    def direct(text: str) -> list[int]:
        if rust.truncation is not None or rust.padding is not None:
            return wrapped(text)  # somebody left the tokenizer in another state
        encoded = rust.encode(text, add_special_tokens=False)
        return list(encoded.ids)

    same = all(direct(text) == wrapped(text) for text in probes)
    return direct if same else wrapped
