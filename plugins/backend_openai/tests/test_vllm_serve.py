"""The contract and the failures on a real ``vllm serve`` with the embedded model."""

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import pytest

from magpie_backend_openai import OpenAIBackend
from magpie_core import EngineDeadError, EngineSettings, FirstTokenRule, RequestError, Sampling
from magpie_core.testing.contracts.backend import BackendContract

MAGPIE = [sys.executable, "-c", "from magpie_core.cli import main; main()"]
URLS: list[str] = []
"""Addresses of the servers that run for this file, filled by ``servers``."""

pytestmark = [pytest.mark.engine, pytest.mark.slow, pytest.mark.usefixtures("servers")]


@pytest.fixture(scope="module")
def servers(
    checkpoint: str, tmp_path_factory: pytest.TempPathFactory, serving: Any
) -> Iterator[list[Any]]:
    """Two real servers, or a skip that says why not."""
    if not serving.installed("vllm"):
        pytest.skip("vLLM is not installed here: make test-vllm sets it up")
    folder = tmp_path_factory.mktemp("serve")
    found = [serving.Serve("vllm", checkpoint, folder / f"{k}.log") for k in range(2)]
    try:
        for one in found:
            one.start()
        for one in found:
            one.wait()
        URLS[:] = [one.url for one in found]
        yield found
    finally:
        for one in found:
            one.kill()
        URLS.clear()


class OnServers(BackendContract):
    backend_class = OpenAIBackend
    options: ClassVar[dict[str, Any]] = {}
    count: ClassVar[int] = 1

    @classmethod
    def engine_settings(cls, checkpoint: str) -> EngineSettings:
        options = {"url": URLS[: cls.count], **cls.options}
        return EngineSettings(checkpoint=checkpoint, options=options)


class TestByIds(OnServers):
    """One server, token ids both ways."""


class TestByText(OnServers):
    """The same server asked with text."""

    options: ClassVar[dict[str, Any]] = {"prompt": "text"}


class TestTwoServers(OnServers):
    """Requests spread over both, seeds included."""

    count = 2


async def test_what_a_real_server_can_do_is_found_out(opened: Any) -> None:
    engine = await opened(*URLS)
    can = engine.capabilities
    assert (can.seeds, can.first_token_rules, can.json_schema, can.penalties) == (True,) * 4
    assert engine.max_context == 1024
    assert engine.capacity == 128
    assert engine.versions()["server"].startswith("vllm 0.")
    assert engine.versions()["server_prompts"] == "ids, count checked"


async def test_ids_text_and_messages_give_the_same_answers(opened: Any, model: Any) -> None:
    turns = [{"role": "user", "content": "Name three rivers."}]
    text = model.tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=True)
    prompt = model.tokenizer.encode(text, add_special_tokens=False)
    sampling = Sampling(max_tokens=60, seed=3, stop_token_ids=model.end_token_ids)
    answers = [
        await (await opened(URLS[0], **options)).complete(prompt, sampling, 4)
        for options in ({}, {"prompt": "text"}, {"api": "chat"})
    ]
    assert answers[0] == answers[1] == answers[2]


async def test_a_first_token_rule_leaves_the_rest_alone(opened: Any, model: Any) -> None:
    engine = await opened(URLS[0])
    prompt = model.tokenizer.encode("List three rivers.", add_special_tokens=False)
    greedy = Sampling(temperature=0.0, max_tokens=20, stop_token_ids=model.end_token_ids)
    [free] = await engine.complete(prompt, greedy)
    rule = FirstTokenRule(name="no", ban_ids=(free.token_ids[0],))
    ruled = Sampling(
        temperature=0.0, max_tokens=20, stop_token_ids=model.end_token_ids, first_token=rule
    )
    [one] = await engine.complete(prompt, ruled)
    assert one.token_ids[0] != free.token_ids[0]
    rest = Sampling(temperature=0.0, max_tokens=19, stop_token_ids=model.end_token_ids)
    [after] = await engine.complete([*prompt, one.token_ids[0]], rest)
    assert one.token_ids[1:] == after.token_ids
    assert len(one.token_ids) <= 20


async def test_heat_of_the_first_token_only(opened: Any, model: Any) -> None:
    engine = await opened(URLS[0])
    prompt = model.tokenizer.encode("List three rivers.", add_special_tokens=False)
    hot = FirstTokenRule(name="hot", divide_logits=100.0)
    sampling = Sampling(temperature=0.02, max_tokens=6, seed=1, first_token=hot)
    found = await engine.complete(prompt, sampling, 12)
    assert len({one.token_ids[0] for one in found}) > 6, "the first tokens are not hot"
    for one in found[:4]:
        cold = Sampling(temperature=0.0, max_tokens=5)
        [after] = await engine.complete([*prompt, one.token_ids[0]], cold)
        assert one.token_ids[1:] == after.token_ids, "the later tokens are not cold"


async def test_a_chat_endpoint_refuses_a_pre_query(opened: Any, checkpoint: str) -> None:
    engine = await opened(URLS[0], api="chat")
    with pytest.raises(EngineDeadError, match="cannot continue a pre-query"):
        await engine.complete(_pre_query(checkpoint), Sampling(max_tokens=4))


async def test_a_chat_prompt_sent_twice_through_the_template_is_found(opened: Any) -> None:
    """The chat endpoint wraps a rendered prompt again: the count by which it is detected."""
    engine = await opened(URLS[0])
    codec = engine._codec
    twice = codec.in_template(codec.written(codec.question()))
    data = await engine._caller.call(
        "/chat/completions",
        lambda server: {
            "model": server.model,
            "messages": [{"role": "user", "content": codec.written(codec.question())}],
            "max_tokens": 1,
        },
    )
    assert data["usage"]["prompt_tokens"] == len(codec.encode(twice)) > len(codec.question())
    with pytest.raises(RequestError, match="adds to the prompt"):
        engine._insist_on_count(tuple(codec.question()), data["usage"]["prompt_tokens"])


def test_a_run_end_to_end(checkpoint: str, tmp_path: Path) -> None:
    run = tmp_path / "run"
    _magpie("run", "--checkpoint", checkpoint, *_flags(URLS), "-n", 60, "-o", run)
    assert _lines(run) == 60
    assert "server_prompts" in (run / "run.toml").read_text()
    again = tmp_path / "again"
    _magpie(
        "run", "--checkpoint", checkpoint, *_flags(URLS), "-n", 60, "-o", again, "--in-flight", 5
    )
    assert _records(run) == _records(again), "another order of requests changed the data"


def test_responses_from_a_chat_endpoint(checkpoint: str, tmp_path: Path) -> None:
    recipe = tmp_path / "recipe.toml"
    recipe.write_text(
        f"[run]\nbackend = 'openai'\nn = 20\nseed = 5\n[engine.options]\nurl = '{URLS[0]}'\n"
        f"[response_engine]\noptions = {{ url = '{URLS[1]}', api = 'chat' }}\n"
    )
    run, plain = tmp_path / "run", tmp_path / "plain"
    _magpie("run", recipe, "--checkpoint", checkpoint, "-o", run)
    _magpie("run", "--checkpoint", checkpoint, *_flags(URLS[:1]), "-n", 20, "-o", plain)
    assert _texts(run) == _texts(plain), "the chat endpoint was asked something else"


def test_one_of_two_servers_is_killed_and_the_run_goes_on(
    checkpoint: str, tmp_path: Path, servers: list[Any]
) -> None:
    run = tmp_path / "run"
    args = ["run", "--checkpoint", checkpoint, *_flags(URLS), "-n", 400, "-o", run]
    process = _start(*args)
    _wait_for_lines(run, 60)
    servers[1].kill()
    left = _lines(run)
    _, err = process.communicate(timeout=300)
    try:
        assert left < 400, "the server was killed too late for this test to mean anything"
        assert process.returncode == 0, err
        assert f"server {servers[1].url} is left out" in err
        _assert_whole(run, 400)
    finally:
        servers[1].start()
        servers[1].wait()


def test_the_server_is_killed_and_the_run_resumed(
    checkpoint: str, tmp_path: Path, servers: list[Any]
) -> None:
    run, whole = tmp_path / "run", tmp_path / "whole"
    flags = [*_flags(URLS[:1]), "--engine-option", "give_up_after=3", "-n", 400]
    process = _start("run", "--checkpoint", checkpoint, *flags, "-o", run)
    _wait_for_lines(run, 60)
    servers[0].kill()
    try:
        _, err = process.communicate(timeout=120)
        assert process.returncode == 6, err
        assert "no server is left" in err
        assert servers[0].url in err
        assert "Traceback" not in err
        assert "magpie resume" in err
        assert 60 <= _lines(run) < 400
    finally:
        servers[0].start()
        servers[0].wait()
    _magpie("resume", run)
    _assert_whole(run, 400)
    _magpie("run", "--checkpoint", checkpoint, *flags, "-o", whole)
    assert _records(run) == _records(whole), "the interrupted run holds other data"


async def test_a_killed_engine_behind_a_server_is_noticed(
    opened: Any, servers: list[Any], model: Any
) -> None:
    engine = await opened(URLS[0], give_up_after=2.0)
    prompt = model.tokenizer.encode("List three rivers.", add_special_tokens=False)
    jobs = [engine.complete(prompt, Sampling(max_tokens=900, seed=k)) for k in range(20)]
    tasks = [asyncio.ensure_future(job) for job in jobs]
    await asyncio.sleep(0.3)
    servers[0].kill()
    try:
        begin = time.monotonic()
        found = await asyncio.gather(*tasks, return_exceptions=True)
        assert time.monotonic() - begin < 30
        assert all(isinstance(one, EngineDeadError | list) for one in found)
        assert any(isinstance(one, EngineDeadError) for one in found)
    finally:
        servers[0].start()
        servers[0].wait()


@pytest.fixture(scope="module")
def model(checkpoint: str) -> Any:
    from magpie_core.checkpoint import open_checkpoint

    return open_checkpoint(checkpoint)


def _pre_query(checkpoint: str) -> list[int]:
    from magpie_core.chat.prompts import Prompts
    from magpie_core.chat.template import derive_from_tokenizer
    from magpie_core.checkpoint import open_checkpoint

    tokenizer = open_checkpoint(checkpoint).tokenizer
    return Prompts(derive_from_tokenizer(tokenizer), tokenizer).for_instruction()


def _flags(urls: list[str]) -> list[str]:
    return ["--backend", "openai", "--engine-option", f"url={json.dumps(urls)}", "--seed", "5"]


def _start(*args: Any) -> "subprocess.Popen[str]":
    command = [*MAGPIE, *map(str, args), "-q"]
    environment = {**os.environ, "HF_HUB_OFFLINE": "1", "PYTHONWARNINGS": "ignore"}
    return subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)


def _magpie(*args: Any) -> None:
    process = _start(*args)
    _, err = process.communicate(timeout=300)
    assert process.returncode == 0, err


def _read(run: Path, kind: str) -> list[dict[str, Any]]:
    text = "".join(one.read_text(encoding="utf-8") for one in sorted((run / kind).glob("*.jsonl")))
    return [json.loads(line) for line in text.splitlines()]


def _records(run: Path) -> list[dict[str, Any]]:
    return sorted(_read(run, "records"), key=lambda one: one["index"])


def _texts(run: Path) -> list[tuple[str, str]]:
    return [(one["instruction"], one["response"]) for one in _records(run)]


def _lines(run: Path) -> int:
    return sum(path.read_bytes().count(b"\n") for path in run.glob("records/part-*.jsonl"))


def _wait_for_lines(run: Path, count: int) -> None:
    end = time.monotonic() + 180
    while _lines(run) < count:
        assert time.monotonic() < end, "the run does not get going"
        time.sleep(0.01)


def _assert_whole(run: Path, total: int) -> None:
    rejected = _read(run, "rejects") if (run / "rejects").exists() else []
    indexes = sorted(one["index"] for one in [*_read(run, "records"), *rejected])
    assert _lines(run) == total
    assert indexes == list(range(len(indexes))), "an index is missing or there twice"
