"""Take a sample apart: what was thought, and what was said. Knows no model, only the marks they use."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from magpie_core.backend import Completion
from magpie_core.chat.format import ChatFormat


class Marks(NamedTuple):
    """What stands around a model's reasoning."""

    opening: str
    closing: str


THINK = Marks("<think>", "</think>")
"""The most common ones: Qwen3, QwQ, DeepSeek-R1 and its distills, Phi-4-reasoning."""
KNOWN = (
    THINK,
    Marks("<thinking>", "</thinking>"),
    Marks("<thought>", "</thought>"),
    Marks("<reasoning>", "</reasoning>"),
    Marks("[THINK]", "[/THINK]"),
    Marks("<|channel>thought", "<channel|>"),
)
"""The last two are Magistral's and Gemma 4's."""


class Said(NamedTuple):
    """A sample, taken apart."""

    answer: str
    """Without the white space around it; empty where the model never came to it."""
    reasoning: str | None = None
    """Without its marks and the white space around it; None where there is none."""
    unclosed: Marks | None = None
    """The marks of a reasoning that has not ended."""


def take_apart(text: str, opened: Marks | None = None, *, closing_alone: bool = False) -> Said:
    """``text`` as reasoning and answer.

    Args:
        text: what was sampled, or an answer of somebody else's data.
        opened: marks that the prompt had opened already.
        closing_alone: a closing mark without an opening one ends a reasoning too.
    """
    rest = text.lstrip()
    begun = next((one for one in KNOWN if rest.startswith(one.opening)), None)
    if begun is not None:
        rest = rest[len(begun.opening) :]
    marks = begun or opened
    if marks is None and closing_alone and THINK.closing in rest:
        marks = THINK
    if marks is None:
        return Said(text.strip())
    thought, closed, said = rest.partition(marks.closing)
    return Said(said.strip(), thought.strip() or None, None if closed else marks)


def put_together(reasoning: str | None, answer: str) -> str:
    """An answer with its reasoning in front, between the most common marks."""
    if not reasoning:
        return answer
    return f"{THINK.opening}\n{reasoning}\n{THINK.closing}\n\n{answer}"


class Reasoning:
    """Takes the samples of one chat format apart.

    Where a tokenizer counts a mark among its special tokens, decoding leaves it out of the text, and the
    thoughts would stand in front of the answer as if they belonged to it. Those are looked for by id.
    """

    def __init__(
        self, chat: ChatFormat, tokenizer: Any, encode: Callable[[str], list[int]]
    ) -> None:
        prompt = chat.answering().user_to_assistant.rstrip()
        self._opened = next((one for one in KNOWN if prompt.endswith(one.opening)), None)
        self._closing_alone = chat.user_to_assistant_think is not None
        self._decode = tokenizer.decode
        self._encode = encode
        hidden = _special_ids(tokenizer)
        self._hidden = [
            (one, encode(one.opening), closing[0])
            for one in KNOWN
            if len(closing := encode(one.closing)) == 1 and closing[0] in hidden
        ]

    def of(self, sample: Completion) -> Said:
        """``sample`` taken apart."""
        ids = list(sample.token_ids)
        for marks, opening, closing in self._hidden:
            if closing in ids:
                return self._split_at(sample, ids.index(closing), marks)
            if self._opened == marks or (opening and ids[: len(opening)] == opening):
                return Said("", self._without_name(sample.text, marks), marks)
        return take_apart(sample.text, self._opened, closing_alone=self._closing_alone)

    def closing_ids(self, marks: Marks) -> list[int]:
        """What ends a reasoning that is cut short, as the model would have written it."""
        return self._encode(f"\n{marks.closing}\n\n")

    def text_of(self, ids: Sequence[int]) -> str:
        """Text of sampled ids without special tokens."""
        return str(self._decode(list(ids), skip_special_tokens=True))

    def _split_at(self, sample: Completion, place: int, marks: Marks) -> Said:
        thought = self.text_of(sample.token_ids[:place])
        if sample.text.startswith(thought):
            said = sample.text[len(thought) :]
        else:  # a stop string was cut from the text, or bytes of one character fell apart
            said = self.text_of(sample.token_ids[place + 1 :])
        return Said(said.strip(), self._without_name(thought, marks))

    def _without_name(self, thought: str, marks: Marks) -> str | None:
        """Without what is left of the opening mark: a channel's name is plain text."""
        _, _, name = marks.opening.rpartition(">")
        return thought.strip().removeprefix(name).strip() or None


def _special_ids(tokenizer: Any) -> set[int]:
    """Ids that decoding leaves out."""
    added = getattr(tokenizer, "added_tokens_decoder", {})
    return set(tokenizer.all_special_ids) | {
        number for number, token in added.items() if getattr(token, "special", False)
    }
