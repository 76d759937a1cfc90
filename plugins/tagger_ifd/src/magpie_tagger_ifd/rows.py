"""An exchange as two rows of token ids: the response after its instruction, and by itself. Knows no model."""

from __future__ import annotations

from typing import Any, NamedTuple

from magpie_core import TagError

AFTER_INSTRUCTION = "\n"
"""What stands between instruction and response. No chat template: base models have none."""


class Row(NamedTuple):
    """Token ids, of which the last ``scored`` are predicted from all before them."""

    ids: list[int]
    scored: int


class Pair(NamedTuple):
    """The same response tokens, scored under two beginnings."""

    conditioned: Row
    direct: Row


def pair_of(instruction: str, response: str, tokenizer: Any, limit: int) -> Pair:
    """The two rows of one exchange.

    Both begin with the tokenizer's first token (BOS, else EOS, as GPT-2 separates documents), so that the
    first token of the response is predicted in both; where there is neither, it is scored in neither. A
    response that does not fit is cut, in both rows at the same place.

    Args:
        instruction: what was asked.
        response: what was answered.
        tokenizer: of the checkpoint.
        limit: most tokens in a row.

    Raises:
        TagError: no response, or no room for any of it.
    """
    answer = _encode(response, tokenizer) if response.strip() else []
    if not answer:
        raise TagError("there is no response, so there is nothing to predict")
    asked = _encode(instruction + AFTER_INSTRUCTION, tokenizer)
    start = next(
        ([one] for one in (tokenizer.bos_token_id, tokenizer.eos_token_id) if one is not None), []
    )
    before = [*start, *asked]
    answer = answer[: max(0, limit - len(before))]
    scored = len(answer) if start else len(answer) - 1
    if scored < 1:
        raise TagError(
            f"the instruction takes {len(before)} tokens of {limit}, and too few are left for a response"
        )
    return Pair(Row([*before, *answer], scored), Row([*start, *answer], scored))


def _encode(text: str, tokenizer: Any) -> list[int]:
    # JSON may hold half a surrogate pair, which tokenizers refuse.
    whole = text.encode("utf-8", "replace").decode("utf-8")
    ids: list[int] = tokenizer.encode(whole, add_special_tokens=False)
    return ids
