"""Turn a ChatFormat into token ids: one BOS or none, and a cut that falls between two tokens."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from magpie_core.chat.format import ChatFormat
from magpie_core.errors import ChatTemplateError
from magpie_core.record import Turn

# What users begin with: a word, a capital, a number, code, Chinese, Spanish. If the pre-query's ids are
# a prefix of each whole prompt, the cut falls between two tokens.
BOUNDARY_PROBES = ("Write a poem", "how do tides work?", "3 + 4", "```python", "潮汐", "¿Cómo")


class Prompts:
    """Builds prompts as token ids for one chat format and tokenizer.

    Text is always encoded whole, without special tokens added: what the template writes is all there is.
    """

    def __init__(self, chat: ChatFormat, tokenizer: Any, *, bare: bool = False) -> None:
        """Use ``bare`` to sample instructions without the default system block."""
        self.chat = chat
        self.tokenizer = tokenizer
        self.bare = bare

    def encode(self, text: str) -> list[int]:
        """Token ids of ``text`` as it stands."""
        return list(self.tokenizer.encode(text, add_special_tokens=False))

    def pre_query_text(self, system: str | None = None) -> str:
        """Text an instruction is sampled from, cut at a token boundary.

        Trailing spaces go: a user's first word carries its own space (``▁Hello``), so a lone space token
        is something the model has never seen there.
        """
        return self.chat.opening(system, bare=self.bare).rstrip(" ")

    def for_instruction(self, system: str | None = None) -> list[int]:
        """Ids to sample an instruction from."""
        return self._one_bos(self.encode(self.pre_query_text(system)))

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

    def unsafe_probes(self, system: str | None = None) -> list[str]:
        """Beginnings of user text that would merge with the pre-query's last token; none when safe."""
        opening = self.chat.opening(system, bare=self.bare)
        ids = self.for_instruction(system)
        return [p for p in BOUNDARY_PROBES if self.encode(opening + p)[: len(ids)] != ids]

    def _one_bos(self, ids: list[int]) -> list[int]:
        """``ids``, checked: exactly one BOS at the front where the format has one, else none."""
        bos = self.tokenizer.bos_token_id
        if self.chat.bos is None or bos is None or self.encode(self.chat.bos) != [bos]:
            return ids
        if ids[:1] != [bos] or ids[1:2] == [bos]:
            raise ChatTemplateError(
                f"a prompt must begin with exactly one BOS (id {bos}), this one begins {ids[:4]}"
            )
        return ids
