"""What a server answered, as a Completion: ids, text and why it ended."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from magpie_backend_openai.codec import Codec
from magpie_core import Completion, RequestError, Sampling

STOPPED = ("stop", "eos_token", "stop_sequence", "end_turn")
CUT = ("length", "max_tokens")


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """One completion and what the server counted."""

    completion: Completion
    prompt_tokens: int | None
    sampled_tokens: int
    had_ids: bool = False
    """The server told the sampled ids."""


def read_answer(data: dict[str, Any], sampling: Sampling, codec: Codec, *, chat: bool) -> Answer:
    """Take an answer apart.

    Raises:
        RequestError: it holds no sample, or the server gave it up.
    """
    choices = data.get("choices")
    if not isinstance(choices, list) or len(choices) != 1 or not isinstance(choices[0], dict):
        raise RequestError("the server's answer holds no sample")
    choice = choices[0]
    finish = choice.get("finish_reason")
    if finish not in STOPPED + CUT:
        raise RequestError(f"the server gave the sample up: finish_reason is `{finish}`")
    stopped = finish in STOPPED
    said = choice.get("stop_reason")
    if said is None:
        said = choice.get("matched_stop")
    reason = said if stopped and isinstance(said, int | str) else None
    ids, text = choice.get("token_ids"), _text(choice, chat)
    had_ids = _are_ids(ids) and bool(ids or not text)
    if isinstance(ids, list) and had_ids:
        completion = _from_ids(ids, text, stopped, reason, sampling, codec)
    elif chat or text is not None:
        completion = _from_text(text or "", stopped, reason, sampling, codec)
    else:
        raise RequestError("the server's answer holds neither text nor token ids")
    usage = data.get("usage")
    usage = usage if isinstance(usage, dict) else {}
    counted = usage.get("completion_tokens")
    prompt = usage.get("prompt_tokens")
    return Answer(
        completion=completion,
        prompt_tokens=prompt if type(prompt) is int else None,
        sampled_tokens=max(counted if type(counted) is int else 0, len(completion.token_ids)),
        had_ids=had_ids,
    )


def _text(choice: dict[str, Any], chat: bool) -> str | None:
    if chat:
        message = choice.get("message")
        text = message.get("content") if isinstance(message, dict) else None
    else:
        text = choice.get("text")
    return text if isinstance(text, str) else None


def _are_ids(ids: Any) -> bool:
    return isinstance(ids, list) and all(type(one) is int for one in ids)


def _from_ids(
    ids: list[int],
    text: str | None,
    stopped: bool,
    reason: int | str | None,
    sampling: Sampling,
    codec: Codec,
) -> Completion:
    """The text is decoded here, so that it is that of the ids whatever the server leaves out of its own."""
    ends = {*sampling.stop_token_ids, *codec.end_token_ids}
    if stopped and reason is None and ids and ids[-1] in ends:
        reason = ids[-1]
    if isinstance(reason, int):
        before = ids[:-1] if ids and ids[-1] == reason else ids
        shown = codec.shown(before)
        ids = [*before, reason]
    elif isinstance(reason, str):
        shown = codec.shown(ids)
        place = shown.find(reason)
        shown = shown[:place] if place >= 0 else text or ""
    else:
        shown = codec.shown(ids)
    return Completion(
        token_ids=tuple(ids),
        text=shown,
        finish_reason="stop" if stopped else "length",
        stop_reason=reason,
    )


def _from_text(
    text: str, stopped: bool, reason: int | str | None, sampling: Sampling, codec: Codec
) -> Completion:
    """The ids are the text's, encoded here: what was sampled is not known."""
    ids: Sequence[int] = codec.encode(text)
    by_text = {codec.written([one]): one for one in sampling.stop_token_ids}
    if isinstance(reason, str) and reason not in sampling.stop_strings:
        reason = by_text.get(reason)
    if isinstance(reason, int):
        ids = [*ids, reason]
    return Completion(
        token_ids=tuple(ids),
        text=text,
        finish_reason="stop" if stopped else "length",
        stop_reason=reason,
    )
