"""What is tried again, how soon, and what is not. Against a stub: this tests the protocol, no engine."""

import asyncio
import email.utils
import time
from collections import Counter
from typing import Any

import pytest

from magpie_backend_openai.http import _wait
from magpie_backend_openai.options import read_options
from magpie_core import BackendError, EngineDeadError, RequestError, Sampling

PROMPT = [5, 6, 7]
SHORT = Sampling(max_tokens=4, seed=1)


async def test_too_many_requests_waits_as_long_as_it_is_told(stub: Any, opened: Any) -> None:
    server = stub()
    engine = await opened(server)
    server.trouble = lambda number, body: (429, {"Retry-After": "1"}, {}) if number == 1 else None
    [found] = await engine.complete(PROMPT, SHORT)
    assert len(found.token_ids) == 4
    assert len(server.times) == 2
    assert 1.0 <= server.times[1] - server.times[0] < 2.5


async def test_a_pause_holds_for_every_request_of_that_server(stub: Any, opened: Any) -> None:
    server = stub()
    engine = await opened(server)
    server.trouble = lambda number, body: (429, {"Retry-After": "0.6"}, {}) if number == 1 else None
    await asyncio.gather(engine.complete(PROMPT, SHORT), _later(0.1, engine))
    assert min(server.times[1:]) - server.times[0] >= 0.6


async def _later(seconds: float, engine: Any) -> None:
    await asyncio.sleep(seconds)
    await engine.complete(PROMPT, SHORT)


@pytest.mark.parametrize(
    "headers", [{"Retry-After": "0.05"}, {}], ids=["told how long", "not told"]
)
async def test_a_rate_limit_costs_time_and_no_request(
    headers: dict[str, str], stub: Any, opened: Any
) -> None:
    """Far more at once than the server lets through: most are turned away more often than `retries`."""
    server = stub()
    engine = await opened(server, retries=3)
    served: list[float] = []

    def five_in_a_moment(number: int, body: Any) -> Any:
        now = time.monotonic()
        if sum(moment > now - 0.05 for moment in served) >= 5:
            return 429, headers, {}
        served.append(now)
        return None

    server.trouble = five_in_a_moment
    jobs = (engine.complete(PROMPT, Sampling(max_tokens=4, seed=k)) for k in range(60))
    found = await asyncio.gather(*jobs, return_exceptions=True)
    assert not [one for one in found if isinstance(one, BaseException)]
    tries = Counter(body["seed"] for body in server.bodies)
    assert max(tries.values()) > 1 + 3, "nobody waited long enough for this test to mean anything"


async def test_a_server_that_only_says_later_is_given_up(stub: Any, opened: Any) -> None:
    server = stub()
    engine = await opened(server, retries=2)
    server.trouble = lambda number, body: (429, {}, {"error": "no credit left"})
    with pytest.raises(RequestError, match=r"3 tries.*no credit left"):
        await engine.complete(PROMPT, SHORT)


async def test_a_pause_that_is_too_long_fails_the_request(stub: Any, opened: Any) -> None:
    server = stub()
    engine = await opened(server)
    server.trouble = lambda number, body: (429, {"Retry-After": "3600"}, {"error": "later"})
    with pytest.raises(RequestError, match="3600 seconds"):
        await engine.complete(PROMPT, SHORT)


@pytest.mark.parametrize("trouble", [(500, {}, {}), (503, {}, "busy"), (429, {}, {}), "drop"])
async def test_passing_trouble_is_survived(trouble: Any, stub: Any, opened: Any) -> None:
    server = stub()
    engine = await opened(server)
    server.trouble = lambda number, body: trouble if number <= 3 else None
    assert await engine.complete(PROMPT, SHORT)
    assert len(server.bodies) == 4
    assert all(body == server.bodies[0] for body in server.bodies), "a try differs from the first"


async def test_lasting_trouble_is_given_up_with_the_servers_words(stub: Any, opened: Any) -> None:
    server = stub()
    engine = await opened(server, retries=2)
    server.trouble = lambda number, body: (500, {}, {"error": {"message": "CUDA fell asleep"}})
    with pytest.raises(RequestError, match=r"3 tries.*HTTP 500: CUDA fell asleep"):
        await engine.complete(PROMPT, SHORT)
    assert len(server.bodies) == 3
    server.trouble = lambda number, body: None
    assert await engine.complete(PROMPT, SHORT)


@pytest.mark.parametrize(
    "body",
    [
        {"error": {"message": "prompt is cursed"}},
        {"message": "prompt is cursed", "object": "error"},
        {"detail": "prompt is cursed"},
        {"error": "prompt is cursed"},
        "prompt is cursed",
    ],
)
async def test_a_refusal_is_not_tried_again(body: Any, stub: Any, opened: Any) -> None:
    server = stub()
    engine = await opened(server)
    server.trouble = lambda number, sent: (400, {}, body)
    with pytest.raises(RequestError, match="HTTP 400: prompt is cursed"):
        await engine.complete(PROMPT, SHORT)
    assert len(server.bodies) == 1


async def test_a_hanging_server_is_given_up_after_two_timeouts(stub: Any, opened: Any) -> None:
    server = stub()
    engine = await opened(server, timeout=0.3)
    server.trouble = lambda number, body: "hang"
    begin = time.monotonic()
    with pytest.raises(RequestError, match=r"no answer within 0\.3 seconds"):
        await engine.complete(PROMPT, SHORT)
    assert len(server.bodies) == 2
    assert time.monotonic() - begin < 5
    assert engine.stats().running == engine.stats().waiting == 0


@pytest.mark.parametrize(
    "answer",
    [
        {"choices": []},
        {"choices": [{"finish_reason": "abort", "text": ""}]},
        {"choices": [{"finish_reason": "stop"}]},
        [],
    ],
)
async def test_nonsense_fails_the_request_only(answer: Any, stub: Any, opened: Any) -> None:
    server = stub()
    engine = await opened(server, retries=0)
    server.trouble = lambda number, body: (200, {}, answer) if number == 1 else None
    with pytest.raises(RequestError):
        await engine.complete(PROMPT, SHORT)
    assert await engine.complete(PROMPT, SHORT)


async def test_requests_per_minute_are_kept(stub: Any, opened: Any) -> None:
    server = stub()
    engine = await opened(server, requests_per_minute=600)
    await asyncio.gather(*(engine.complete(PROMPT, SHORT) for _ in range(6)))
    gaps = [after - before for before, after in zip(server.times, server.times[1:], strict=False)]
    assert sum(gaps) >= 0.45, f"6 requests at 10 a second took {sum(gaps):.2f} s"


async def test_never_more_in_flight_than_asked(stub: Any, opened: Any) -> None:
    server = stub(delay=0.05)
    engine = await opened(server, max_in_flight=3)
    assert engine.capacity == 3
    await asyncio.gather(*(engine.complete(PROMPT, SHORT) for _ in range(12)))
    assert server.most_at_once == 3


async def test_nobody_there_is_said_at_once(opened: Any, stub: Any) -> None:
    server = stub()
    server.kill()
    begin = time.monotonic()
    with pytest.raises(BackendError, match=f"no server answers at `{server.url}`"):
        await opened(server)
    assert time.monotonic() - begin < 5
    server.start()


async def test_a_key_that_expires_ends_the_engine(stub: Any, opened: Any) -> None:
    server = stub()
    engine = await opened(server)
    server.trouble = lambda number, body: (401, {}, {"error": {"message": "key expired"}})
    for _ in range(2):
        with pytest.raises(EngineDeadError, match="key expired"):
            await engine.complete(PROMPT, SHORT)
    assert len(server.bodies) == 1


async def test_numbers_of_numpy_are_numbers(stub: Any, opened: Any) -> None:
    numpy = pytest.importorskip("numpy")
    server = stub()
    engine = await opened(server)
    sampling = Sampling(max_tokens=4, seed=1, temperature=numpy.float32(1.0))
    assert await engine.complete(numpy.array(PROMPT), sampling) == await engine.complete(
        PROMPT, SHORT
    )


async def test_what_cannot_be_a_prompt_is_never_sent(stub: Any, opened: Any) -> None:
    server = stub()
    engine = await opened(server)
    for prompt, words in (([], "empty"), ([3, -1], "`-1`"), ([10**7], "outside the vocabulary")):
        with pytest.raises(RequestError, match=words):
            await engine.complete(prompt, SHORT)
    with pytest.raises(RequestError, match="1023 at most leave room"):
        await engine.complete([3] * 1024, SHORT)
    for values in ({"temperature": float("nan")}, {"top_p": 0.0}, {"max_tokens": 0}):
        with pytest.raises(RequestError, match=next(iter(values))):
            await engine.complete(PROMPT, Sampling(**values))
    assert server.bodies == []
    await engine.complete([3] * 1000, Sampling(max_tokens=100))
    assert server.bodies[0]["max_tokens"] == 24


@pytest.mark.parametrize(
    ("value", "least", "most"),
    [("2", 2, 2), ("0", 0, 0), ("1.5", 1.5, 1.5), ("-3", 0, 0), ("DATE", 8, 10), ("PAST", 0, 0)],
)
def test_retry_after_is_a_number_or_a_date(value: str, least: float, most: float) -> None:
    moment = {"DATE": time.time() + 10, "PAST": time.time() - 100}.get(value)
    text = value if moment is None else email.utils.formatdate(moment, usegmt=True)
    found = _wait({"retry-after": text})
    assert found is not None
    assert least <= found <= most


@pytest.mark.parametrize("value", ["soon", "", "2 minutes"])
def test_a_retry_after_that_says_nothing_is_none(value: str) -> None:
    assert _wait({"retry-after": value}) is None


def test_addresses_are_read_as_they_are_typed() -> None:
    for typed, meant in {
        "http://a:8000": ["http://a:8000/v1"],
        "http://a:8000/": ["http://a:8000/v1"],
        "https://a.example/openai/v1/": ["https://a.example/openai/v1"],
        "http://a/v1/chat/completions": ["http://a/v1"],
        "http://a, http://b/v1,http://a/v1": ["http://a/v1", "http://b/v1"],
    }.items():
        assert read_options({"url": typed}).urls == meant
