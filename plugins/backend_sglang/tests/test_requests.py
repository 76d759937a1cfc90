"""What is refused before SGLang sees it, and how requests and answers are written."""

from __future__ import annotations

import json
from typing import Any

import numpy
import pytest
from msgspec.structs import replace

from magpie_backend_sglang.facts import EngineFacts, read_facts
from magpie_backend_sglang.requests import Translator
from magpie_core import BackendError, FirstTokenRule, RequestError, Sampling
from magpie_core.checkpoint import open_checkpoint

INFO: dict[str, Any] = {
    "version": "0.5.21",
    "model_path": "model",
    "max_req_input_len": 95,
    "max_running_requests": 8,
    "dp_size": 1,
    "random_seed": 3,
    "grammar_backend": "xgrammar",
    "enable_custom_logit_processor": True,
    "constrained_json_disable_any_whitespace": True,
    "device": "cpu",
    "dtype": "float32",
}


@pytest.fixture(scope="module")
def tokenizer(checkpoint: str) -> Any:
    return open_checkpoint(checkpoint).tokenizer


@pytest.fixture
def facts() -> EngineFacts:
    return read_facts(INFO, "the engine")


@pytest.fixture
def translator(facts: EngineFacts, tokenizer: Any) -> Translator:
    return Translator(facts, tokenizer, 3072, None)


def test_memory_bounds_what_runs_together() -> None:
    roomy = {**INFO, "max_running_requests": 4096, "max_total_num_tokens": 400_000}
    assert read_facts(roomy, "it").capacity == 781
    assert read_facts({**roomy, "max_total_num_tokens": 100}, "it").capacity == 1
    assert read_facts({**INFO, "max_total_num_tokens": 400_000}, "it").capacity == 8


def test_facts_are_those_of_the_server(facts: EngineFacts) -> None:
    assert (facts.longest_prompt, facts.context, facts.capacity) == (94, 99, 8)
    assert facts.first_token_rules
    assert facts.json_schema
    assert not facts.deterministic
    assert not facts.free_whitespace
    with pytest.raises(BackendError, match="does not describe itself as SGLang"):
        read_facts({"object": "list"}, "`http://x`")


@pytest.mark.parametrize(
    ("prompt", "said"),
    [
        ([], "empty"),
        ([3072], "`3072` is outside the vocabulary"),
        ([5, -1], "`-1` is outside"),
        ([1] * 95, "95 tokens, and 94 at most"),
        (["5"], "token ids"),
        ([1.5], "token ids"),
    ],
    ids=str,
)
def test_prompts_that_are_none(translator: Translator, prompt: list[Any], said: str) -> None:
    with pytest.raises(RequestError, match=said):
        translator.request(prompt, Sampling())


@pytest.mark.parametrize(
    ("sampling", "said"),
    [
        (Sampling(temperature=float("nan")), "cannot be used"),
        (Sampling(top_p=0.0), "cannot be used"),
        (Sampling(repetition_penalty=2.5), "2.0 at most, not 2.5"),
        (Sampling(stop_strings=tuple(map(str, range(33)))), "32 stop strings at most, not 33"),
        (Sampling(json_schema={"enum": [object()]}), "cannot be used"),
        (Sampling(json_schema={"const": "a\0"}), "NUL"),
        (Sampling(json_schema={"const": float("nan")}), "cannot be written as JSON"),
        (Sampling(json_schema={"$ref": "http://x/y"}), "refers to `http://x/y`"),
        (Sampling(json_schema={"items": [{"allOf": [{}, {}]}]}), "allOf"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_samplings_that_cannot_be_served(
    translator: Translator, sampling: Sampling, said: str
) -> None:
    with pytest.raises(RequestError, match=said):
        translator.request([1], sampling)


def test_a_schema_that_is_too_deep(translator: Translator) -> None:
    schema: dict[str, Any] = {"type": "string"}
    for _ in range(70):
        schema = {"type": "array", "items": schema}
    with pytest.raises(RequestError, match="nested more than 64"):
        translator.request([1], Sampling(json_schema=schema))
    for _ in range(5000):
        schema = {"items": schema}
    with pytest.raises(RequestError):
        translator.request([1], Sampling(json_schema=schema))


def test_a_request_says_everything(translator: Translator) -> None:
    sampling = Sampling(
        temperature=0.5,
        top_k=5,
        max_tokens=500,
        stop_token_ids=(1, 2),
        stop_strings=("", "x"),
        seed=4,
    )
    found = translator.request(numpy.array([3, 4]), sampling)
    assert found["input_ids"] == [3, 4]
    assert type(found["input_ids"][0]) is int
    parameters = found["sampling_params"]
    assert parameters["max_new_tokens"] == 97  # what the context leaves
    assert parameters["top_k"] == 5
    assert parameters["stop"] == ["x"]
    assert not parameters["ignore_eos"]  # with it, no stop token would be heeded
    assert "sampling_seed" not in parameters
    json.dumps(found)
    plain = translator.request([3], Sampling())["sampling_params"]
    assert plain["ignore_eos"]
    assert plain["top_k"] == -1


def test_seeds_go_where_they_count(facts: EngineFacts, tokenizer: Any) -> None:
    deterministic = Translator(replace(facts, deterministic=True), tokenizer, 3072, "french")
    found = deterministic.request([1], Sampling(seed=2**63 - 1))
    assert found["sampling_params"]["sampling_seed"] == 2**63 - 1
    assert found["lora_path"] == "french"


def test_what_the_engine_was_started_without(facts: EngineFacts, tokenizer: Any) -> None:
    bare = replace(facts, first_token_rules=False, json_schema=False)
    translator = Translator(bare, tokenizer, 3072, None)
    with pytest.raises(RequestError, match="enable-custom-logit-processor"):
        translator.request([1], Sampling(first_token=FirstTokenRule(name="r", ban_ids=(1,))))
    with pytest.raises(RequestError, match="grammar backend"):
        translator.request([1], Sampling(json_schema={}))
    with pytest.raises(RequestError, match="gives no scores"):
        translator.score_request([1])
    with pytest.raises(RequestError, match="completes nothing"):
        Translator(replace(facts, scores=True), tokenizer, 3072, None).request([1], Sampling())


def answer(ids: list[int], **reason: Any) -> dict[str, Any]:
    return {"output_ids": ids, "meta_info": {"finish_reason": reason}}


def test_answers(translator: Translator, tokenizer: Any) -> None:
    ids = tokenizer.encode("one two three", add_special_tokens=False)
    found = translator.completion(answer([*ids, 1], type="stop", matched=1), Sampling())
    assert (found.text, found.stop_reason, found.token_ids[-1]) == ("one two three", 1, 1)
    sampling = Sampling(stop_strings=("three", " two"))
    found = translator.completion(answer(ids, type="stop", matched=" two"), sampling)
    assert (found.text, found.finish_reason, found.stop_reason) == ("one", "stop", " two")
    found = translator.completion(answer(ids, type="length", length=3), Sampling())
    assert (found.text, found.finish_reason, found.stop_reason) == ("one two three", "length", None)
    with pytest.raises(BackendError, match="out of memory"):
        translator.completion(answer([], type="abort", message="out of memory"), Sampling())
