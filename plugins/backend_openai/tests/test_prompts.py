"""How prompts reach a server, and servers that add to them. Against a stub: the protocol, no engine."""

import logging
from typing import Any

import pytest

from magpie_core import BackendError, FirstTokenRule, RequestError, Sampling, UsageError

SHORT = Sampling(max_tokens=4, seed=1, stop_token_ids=(1,))


def _ids(tokenizer: Any, text: str) -> list[int]:
    return list(tokenizer.encode(text, add_special_tokens=False))


async def test_ids_are_sent_as_they_are(stub: Any, opened: Any) -> None:
    server = stub()
    engine = await opened(server)
    [one] = await engine.complete([5, 6, 7], SHORT)
    [body] = server.bodies
    assert body["prompt"] == [5, 6, 7]
    assert body["model"] == "stub"
    assert body["stop_token_ids"] == [1]
    assert body["ignore_eos"] is True
    assert (body["temperature"], body["top_p"], body["top_k"], body["min_p"]) == (1.0, 1.0, -1, 0.0)
    assert len(one.token_ids) == 4


async def test_each_of_n_samples_is_a_request_with_its_own_seed(stub: Any, opened: Any) -> None:
    server = stub()
    engine = await opened(server)
    found = await engine.complete([5, 6], Sampling(max_tokens=8, seed=40), 3)
    assert sorted(body["seed"] for body in server.bodies) == [40, 41, 42]
    assert [
        await engine.complete([5, 6], Sampling(max_tokens=8, seed=40 + k)) for k in range(3)
    ] == [[one] for one in found]


async def test_a_server_that_wants_text_gets_it_with_one_bos(
    stub: Any, opened: Any, tokenizer: Any
) -> None:
    plain, adding = stub(takes_ids=False), stub(takes_ids=False, adds_bos=True)
    bos = tokenizer.bos_token
    ids = _ids(tokenizer, f"{bos}Name a river.")
    assert ids[0] == tokenizer.bos_token_id, "this test needs a format that begins with a BOS"
    for server, expected in ((plain, f"{bos}Name a river."), (adding, "Name a river.")):
        engine = await opened(server)
        assert not engine.capabilities.first_token_rules
        await engine.complete(ids, SHORT)
        assert server.bodies[-1]["prompt"] == expected
        assert server.bodies[-1]["add_special_tokens"] is False


@pytest.mark.parametrize("takes_ids", [True, False])
async def test_a_server_that_applies_a_template_again_is_refused(
    takes_ids: bool, stub: Any, opened: Any
) -> None:
    server = stub(takes_ids=takes_ids, adds=9)
    with pytest.raises(BackendError, match="applies a chat template to /completions again") as at:
        await opened(server)
    assert "[response_engine]" in str(at.value.hint)
    assert await opened(server, check_prompt=False)
    assert await opened(server, api="chat")


async def test_another_tokenizer_is_refused(stub: Any, opened: Any) -> None:
    with pytest.raises(BackendError, match="another tokenizer than the checkpoint"):
        await opened(stub(adds=-2))


async def test_a_server_that_begins_to_add_is_noticed(stub: Any, opened: Any) -> None:
    server = stub()
    engine = await opened(server)
    server.adds = 6
    with pytest.raises(RequestError, match="counts 9 prompt tokens where 3 were sent"):
        await engine.complete([5, 6, 7], SHORT)


async def test_a_server_that_does_not_count_is_mentioned(
    stub: Any, opened: Any, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        engine = await opened(stub(counts=False))
    assert "does not count prompt tokens" in caplog.text
    assert engine.versions()["server_prompts"] == "ids, count not checked"


async def test_seeds_are_claimed_only_where_they_work(stub: Any, opened: Any) -> None:
    good, bad = stub(), stub(seeded=False)
    assert (await opened(good)).capabilities.seeds
    assert not (await opened(bad)).capabilities.seeds
    assert not (await opened(good, bad)).capabilities.seeds


async def test_first_token_rules_take_two_requests(stub: Any, opened: Any) -> None:
    server = stub()
    engine = await opened(server)
    assert engine.capabilities.first_token_rules
    rule = FirstTokenRule(name="no", ban_ids=(77, 78), divide_logits=2.0)
    sampling = Sampling(max_tokens=9, temperature=0.5, seed=3, first_token=rule)
    [one] = await engine.complete([5, 6], sampling)
    first, rest = server.bodies
    assert first["logit_bias"] == {"77": -100.0, "78": -100.0}
    assert (first["max_tokens"], first["temperature"], first["seed"]) == (1, 1.0, 3)
    assert rest["prompt"] == [5, 6, one.token_ids[0]]
    assert (rest["max_tokens"], rest["temperature"]) == (8, 0.5)
    assert "logit_bias" not in rest
    assert rest["seed"] != 3
    penalised = Sampling(max_tokens=9, first_token=rule, presence_penalty=1.0)
    with pytest.raises(RequestError, match="leave one of the two out"):
        await engine.complete([5, 6], penalised)


@pytest.mark.parametrize(
    ("dialect", "values", "words"),
    [
        ("openai", {"top_k": 5}, "no top_k"),
        ("openai", {"min_p": 0.1}, "no min_p"),
        ("openai", {"repetition_penalty": 1.1}, "no repetition penalty"),
        ("openai", {"json_schema": {"type": "object"}}, "no JSON schema"),
        (
            "openai",
            {"stop_strings": ("a", "b", "c", "d"), "stop_token_ids": (1,)},
            "5 stop strings",
        ),
        ("llama.cpp", {"presence_penalty": 1.0}, "no presence or frequency penalty"),
        ("ollama", {"top_k": 5}, "no top_k"),
    ],
)
async def test_what_a_dialect_lacks_is_said(
    dialect: str, values: dict[str, Any], words: str, stub: Any, opened: Any
) -> None:
    server = stub(owner="somebody")
    engine = await opened(server, dialect=dialect)
    with pytest.raises(RequestError, match=words) as at:
        await engine.complete([5], Sampling(max_tokens=4, **values))
    assert dialect in at.value.message
    rule = FirstTokenRule(name="no", ban_ids=(5,))
    with pytest.raises(RequestError, match="first-token rule `no`"):
        await engine.complete([5], Sampling(max_tokens=4, first_token=rule))
    assert server.bodies == []
    assert await engine.complete([5], Sampling(max_tokens=4))


async def test_dialects_say_it_their_own_way(stub: Any, opened: Any, tokenizer: Any) -> None:
    server = stub(owner="llamacpp")
    engine = await opened(server)
    wanted = Sampling(max_tokens=4, repetition_penalty=1.1, seed=2**63 - 1, stop_token_ids=(1,))
    [one] = await engine.complete([5, 6], wanted)
    [body] = server.bodies
    assert (body["repeat_penalty"], body["repeat_last_n"]) == (1.1, -1)
    assert body["seed"] < 2**32 - 1
    assert body["stop"] == [tokenizer.decode([1])]
    assert "stop_token_ids" not in body
    assert list(one.token_ids) == _ids(tokenizer, one.text), "ids are the text's where none come"


async def test_sglang_gets_its_schema_as_a_string(stub: Any, opened: Any) -> None:
    server = stub(owner="sglang")
    engine = await opened(server)
    await engine.complete([5], Sampling(max_tokens=4, json_schema={"type": "object"}))
    assert server.bodies[0]["json_schema"] == '{"type": "object"}'
    assert "ignore_eos" not in server.bodies[0]


async def test_the_model_is_found_or_asked_for(stub: Any, opened: Any) -> None:
    server = stub(models=["one", "two"])
    with pytest.raises(BackendError, match=r"2 models \(one, two\)") as at:
        await opened(server)
    assert at.value.hint == "--engine-option model=one"
    with pytest.raises(BackendError, match="no model `three`"):
        await opened(server, model="three")
    engine = await opened(server, model="two")
    await engine.complete([5], SHORT)
    assert server.bodies[0]["model"] == "two"


async def test_extra_fields_and_headers_go_along(stub: Any, opened: Any) -> None:
    server = stub()
    engine = await opened(server, extra_body={"priority": 3}, headers={"X-Team": "blue"})
    await engine.complete([5], SHORT)
    assert server.bodies[0]["priority"] == 3
    assert server.headers[0]["X-Team"] == "blue"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"urls": "http://a"}, "no option `urls`"),
        ({"timeout": -1}, "option `timeout`"),
        ({"api": "assistants"}, "option `api`"),
        ({"url": "localhost:8000"}, "no address of a server"),
        ({"url": ""}, "option `url`"),
        ({"url": "http://[::1"}, "no address"),
    ],
)
async def test_unusable_options_are_explained(
    options: dict[str, Any], words: str, opened: Any, stub: Any
) -> None:
    with pytest.raises(UsageError, match=words):
        await opened(stub(), **options)
