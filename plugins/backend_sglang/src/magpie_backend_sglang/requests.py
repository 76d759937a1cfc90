"""From a request of Magpie's to one of SGLang's, and back. What would hurt the engine ends here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import uuid4

import msgspec

from magpie_backend_sglang import first_token
from magpie_backend_sglang.facts import EngineFacts
from magpie_backend_sglang.schema import schema_text
from magpie_core import BackendError, Completion, RequestError, Sampling
from magpie_core.backend import checked_prompt

MOST_STOP_STRINGS = 32
"""SGLang's ``MAX_STOP_COUNT``."""
LARGEST_REPETITION_PENALTY = 2.0
"""SGLang's bound."""


class Translator:
    """Writes requests for one engine and reads its answers."""

    def __init__(
        self, facts: EngineFacts, tokenizer: Any, vocabulary: int, adapter: str | None
    ) -> None:
        self.facts = facts
        self.tokenizer = tokenizer
        self.vocabulary = vocabulary
        self.adapter = adapter

    def score_request(self, prompt: Sequence[int]) -> dict[str, Any]:
        """A request for the score of ``prompt``.

        Raises:
            RequestError: the engine completes, or ``prompt`` cannot be one.
        """
        if not self.facts.scores:
            raise RequestError("this engine was opened to complete, so it gives no scores")
        return {"rid": uuid4().hex, "input_ids": self._prompt(prompt)}

    def request(self, prompt: Sequence[int], sampling: Sampling) -> dict[str, Any]:
        """A request for one sample.

        Raises:
            RequestError: the engine scores, ``prompt`` cannot be one, or the engine lacks something.
        """
        if self.facts.scores:
            raise RequestError("this engine was opened to score, so it completes nothing")
        sampling = _checked(sampling)
        ids = self._prompt(prompt)
        request: dict[str, Any] = {
            "rid": uuid4().hex,  # of one length: SGLang aborts every request whose id begins so
            "input_ids": ids,
            "sampling_params": self._sampling(sampling, self.facts.context - len(ids)),
        }
        if self.adapter is not None:
            request["lora_path"] = self.adapter
        if (rule := sampling.first_token) is not None:
            if not self.facts.first_token_rules:
                raise RequestError(
                    f"first-token rule `{rule.name}`: SGLang was started without custom logit processors "
                    "(--enable-custom-logit-processor)"
                )
            parameters = first_token.parameters(rule, self._encode, self.vocabulary)
            request["custom_logit_processor"] = first_token.processor()
            request["sampling_params"]["custom_params"] = parameters
        return request

    def _sampling(self, sampling: Sampling, room: int) -> dict[str, Any]:
        parameters: dict[str, Any] = {
            "max_new_tokens": min(sampling.max_tokens, room),
            "temperature": sampling.temperature,
            "top_p": sampling.top_p,
            "top_k": sampling.top_k or -1,
            "min_p": sampling.min_p,
            "repetition_penalty": sampling.repetition_penalty,
            "presence_penalty": sampling.presence_penalty,
            "frequency_penalty": sampling.frequency_penalty,
            "stop_token_ids": list(sampling.stop_token_ids),
            "stop": [one for one in sampling.stop_strings if one],
            # With it SGLang heeds no stop token at all, so only where none is wanted.
            "ignore_eos": not sampling.stop_token_ids and sampling.json_schema is None,
        }
        if sampling.json_schema is not None:
            if not self.facts.json_schema:
                raise RequestError("a JSON schema: SGLang was started without a grammar backend")
            parameters["json_schema"] = schema_text(sampling.json_schema)
        if sampling.seed is not None and self.facts.deterministic:
            parameters["sampling_seed"] = sampling.seed
        return parameters

    def _prompt(self, prompt: Sequence[int]) -> list[int]:
        """``prompt`` as Python's integers: SGLang's scheduler dies of an id it has no row for."""
        longest = self.facts.longest_prompt
        return list(checked_prompt(prompt, vocabulary=self.vocabulary, longest=longest))

    def completion(self, answer: dict[str, Any], sampling: Sampling) -> Completion:
        """What SGLang answered, as a completion; the text is decoded here, from the ids.

        Raises:
            BackendError: the engine gave the request up.
        """
        ids, ended = list(answer["output_ids"]), answer["meta_info"]["finish_reason"] or {}
        kind, matched = ended.get("type"), ended.get("matched")
        if kind not in ("stop", "length"):
            raise BackendError(f"SGLang gave the request up: {ended.get('message') or kind}")
        shown = ids[:-1] if isinstance(matched, int) and ids and ids[-1] == matched else ids
        text = self.decode(shown)
        if isinstance(matched, str):
            found = [at for one in sampling.stop_strings if one and (at := text.find(one)) >= 0]
            text = text[: min(found)] if found else text
        return Completion(
            token_ids=tuple(ids),
            text=text,
            finish_reason="stop" if kind == "stop" else "length",
            stop_reason=matched if kind == "stop" else None,
        )

    def decode(self, ids: Sequence[int]) -> str:
        """Text of ``ids`` without special tokens, as the tokenizer wrote it."""
        text: str = self.tokenizer.decode(
            list(ids), skip_special_tokens=True, clean_up_tokenization_spaces=False
        )
        return text

    def _encode(self, text: str) -> list[int]:
        return list(self.tokenizer.encode(text, add_special_tokens=False))


def _checked(sampling: Sampling) -> Sampling:
    """The parameters, held against their bounds: making the struct does not."""
    try:
        plain = msgspec.to_builtins(sampling, enc_hook=_number)
        sampling = msgspec.convert(plain, Sampling)
    except (
        msgspec.ValidationError,
        RecursionError,
        TypeError,
        ValueError,
        OverflowError,
    ) as error:
        raise RequestError(f"a sampling parameter cannot be used: {error}") from error
    if sampling.repetition_penalty > LARGEST_REPETITION_PENALTY:
        raise RequestError(
            f"SGLang's repetition penalty is {LARGEST_REPETITION_PENALTY} at most, "
            f"not {sampling.repetition_penalty}"
        )
    if len(sampling.stop_strings) > MOST_STOP_STRINGS:
        raise RequestError(
            f"SGLang takes {MOST_STOP_STRINGS} stop strings at most, not {len(sampling.stop_strings)}"
        )
    return sampling


def _number(value: Any) -> Any:
    """NumPy's numbers as Python's."""
    if hasattr(value, "item"):
        return value.item()
    raise TypeError(f"`{value}` is neither a number nor a text")
