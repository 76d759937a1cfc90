"""First-token rules as a custom logit processor that any SGLang server can load.

SGLang takes a processor as a pickle. ``CustomLogitProcessor.to_str`` pickles a class of an importable module
by reference, and a server without that module dies of it. So what is sent here is a call of ``eval`` on the
processor's source: it needs Python and nothing else, and plain ``pickle`` writes it without SGLang.
"""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

from magpie_core import FirstTokenRule

# A request is at its first token while nothing was sampled and no decoding step was prepared. Both count:
# with overlapping schedules a sampled token is noted one step late, and a request that was taken back and is
# read again begins its decoding steps anew.
SOURCE = """
class FirstToken:
    def __call__(self, logits, params):
        for row, one in enumerate(params):
            request = one.get("__req__")
            if request is None or len(request.output_ids) or getattr(request, "decode_batch_idx", 0):
                continue
            if one["divide"] != 1.0:
                logits[row] = logits[row] / one["divide"]
            if one["ban"]:
                logits[row, one["ban"]] = float("-inf")
        return logits
"""


class _FromSource:
    """Unpickles as the class that ``SOURCE`` makes."""

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[str]]:
        made = f"(lambda space: exec({SOURCE!r}, space) or space['FirstToken'])"
        return eval, (made + "({'__name__': 'magpie_first_token'})",)


@cache
def processor() -> str:
    """The processor, as ``custom_logit_processor`` of a request."""
    return json.dumps({"callable": pickle.dumps(_FromSource(), protocol=4).hex()})


def parameters(
    rule: FirstTokenRule, encode: Callable[[str], Sequence[int]], vocabulary: int
) -> dict[str, Any]:
    """What the processor needs to know of ``rule``, as ``custom_params`` of a request.

    Ids outside the vocabulary are left out: a rule may be written for a larger one, and a processor that
    indexes past the logits ends the engine.
    """
    banned = [one for one in rule.banned_ids(encode) if 0 <= one < vocabulary]
    return {"ban": banned, "divide": float(rule.divide_logits)}
