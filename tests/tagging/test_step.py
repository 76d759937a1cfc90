"""The tagging step: what is retried, what is a failure, what ends a call."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from magpie_core.backend import Backend, Capabilities, Completion
from magpie_core.dataset.columns import Columns, read_added, read_missed
from magpie_core.dataset.source import open_source
from magpie_core.errors import EngineDeadError, RequestError
from magpie_core.tagger import TagError, Tagger
from magpie_core.tagging.engine import BackendEngine
from magpie_core.tagging.schemas import checker, columns_schema
from magpie_core.tagging.step import HOPELESS, RETRIES, Job, Tagging
from magpie_core.tagging.tally import TaggerTally

ROWS = 30


class Moody(Tagger):
    """Answers as its test says."""

    name = "moody"
    schema = columns_schema({"mood": ["low", "high"]})
    batch = 1

    async def tag(self, records, engine):
        return [self.says(record) for record in records]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    path = tmp_path / "data.jsonl"
    path.write_text(
        "".join(json.dumps({"id": f"r{k}", "prompt": f"Say {k}."}) + "\n" for k in range(ROWS))
    )
    return path


def tagging(data: Path, says, *, batch=1, in_flight=4, **settings):
    """Run one session with a tagger that says ``says(record, attempt)``; what it wrote, and its tally."""
    attempts: dict[str, int] = {}

    def told(self, record):
        attempts[record.id] = attempts.get(record.id, 0) + 1
        return says(record, attempts[record.id])

    kind = type("Told", (Moody,), {"says": told, "batch": batch})
    with open_source(data) as source, Columns(source, "tags/moody", settings) as columns:
        tally = TaggerTally("moody", str(columns.folder), before=len(columns.done))
        job = Job(kind(), columns, checker(kind.schema), None, tally)
        try:
            asyncio.run(Tagging([job], source.records(), in_flight).run())
        finally:
            folder = columns.folder
            columns.sync()
    added = {one.id: one.columns for one in read_added(folder)}
    return added, read_missed(folder), tally, attempts


@pytest.mark.parametrize("batch", [1, 7, 100])
def test_every_record_gets_its_columns_once(data, batch):
    added, missed, tally, attempts = tagging(data, lambda r, n: {"mood": "low"}, batch=batch)
    assert added == {f"r{k}": {"mood": "low"} for k in range(ROWS)}
    assert not missed
    assert set(attempts.values()) == {1}
    assert (tally.tagged, tally.failed, tally.retried) == (ROWS, 0, 0)


@pytest.mark.parametrize("batch", [1, 7])
@pytest.mark.parametrize("first", [TagError("no"), {"mood": "middling"}, {}], ids=repr)
def test_a_bad_answer_is_asked_for_again(data, first, batch):
    added, missed, tally, attempts = tagging(
        data, lambda r, n: first if n == 1 and r.id == "r3" else {"mood": "high"}, batch=batch
    )
    assert len(added) == ROWS
    assert not missed
    assert attempts == {f"r{k}": 2 if k == 3 else 1 for k in range(ROWS)}
    assert (tally.retried, tally.failed) == (1, 0)


def test_one_that_stays_bad_is_a_failure_and_the_others_go_on(data):
    def says(record, attempt):
        return TagError("cannot say") if record.id in ("r3", "r4") else {"mood": "low"}

    added, missed, tally, attempts = tagging(data, says)
    assert len(added) == ROWS - 2
    assert missed == {"r3": "cannot say", "r4": "cannot say"}
    assert attempts["r3"] == RETRIES + 1
    assert tally.failed == 2


def test_the_next_session_tries_failures_again_and_nothing_else(data):
    tagging(data, lambda r, n: TagError("no") if r.id == "r3" else {"mood": "low"})
    added, missed, _, attempts = tagging(data, lambda r, n: {"mood": "high"})
    assert set(attempts) == {"r3"}
    assert added["r3"] == {"mood": "high"}
    assert added["r4"] == {"mood": "low"}
    assert not missed


@pytest.mark.parametrize("error", [RuntimeError("a slip"), RequestError("too long")], ids=repr)
def test_a_record_that_raises_costs_itself_and_is_not_asked_about_again(data, error):
    def says(record, attempt):
        if record.id == "r3":
            raise error
        return {"mood": "low"}

    added, missed, _, attempts = tagging(data, says)
    assert len(added) == ROWS - 1
    assert list(missed) == ["r3"]
    assert str(error) in missed["r3"]
    assert attempts["r3"] == 1


def test_answers_for_fewer_records_are_a_failure_of_all(data):
    class Short(Moody):
        async def tag(self, records, engine):
            return [{"mood": "low"}]

    with open_source(data) as source, Columns(source, "tags/short", {}) as columns:
        job = Job(Short(), columns, checker(Short.schema), None, TaggerTally("short", ""))
        job.tagger = type("Two", (Short,), {"batch": 2})()
        asyncio.run(Tagging([job], [*source.records()][:4], 2).run())
    assert read_missed(columns.folder)["r0"] == "ValueError: 1 answers for 2 records"


def test_what_fails_everywhere_ends_the_call_and_what_is_done_stays(data):
    with pytest.raises(EngineDeadError, match=f"{HOPELESS} records failed"):
        tagging(data, lambda r, n: TagError("never"))
    assert len(read_missed(data.with_name("data.jsonl.magpie") / "tags/moody")) == HOPELESS


class Asking(Moody):
    """Holds answers to a schema."""

    answer = Moody.schema


class Advising(Moody):
    """Knows what to do."""

    remedy = "choose another one"


HINTED = RequestError("two outputs", hint="choose one of them")


@pytest.mark.parametrize(
    ("kind", "error", "schemas", "hint"),
    [
        (Moody, TagError("no"), False, "every reason is in "),
        (Advising, TagError("no"), False, "choose another one"),
        (Advising, HINTED, False, "choose one of them"),
        (Asking, TagError("no"), False, "a backend that holds answers to a schema: --backend vllm"),
        (Asking, TagError("no"), True, "every reason is in "),
    ],
)
def test_the_way_out_fits_what_fails(data, engine, kind, error, schemas, hint):
    async def fail(self, records, engine):
        if isinstance(error, TagError):
            return [error]
        raise error

    failing = type(kind.__name__, (kind,), {"tag": fail})
    with open_source(data) as source, Columns(source, "tags/moody", {}) as columns:
        judge = engine(Judge("", schemas=schemas))
        job = Job(failing(), columns, checker(kind.schema), judge, TaggerTally("moody", ""))
        with pytest.raises(EngineDeadError) as caught:
            asyncio.run(Tagging([job], source.records(), 4).run())
    assert hint in caught.value.hint
    assert ("schema" in caught.value.hint) == (kind is Asking and not schemas)
    if hint.startswith("every reason"):
        assert (columns.folder / "failures").is_dir()
        assert caught.value.hint.endswith(str(columns.folder / "failures"))


def test_failures_that_are_few_beside_what_was_done_before_end_nothing(data):
    tagging(data, lambda r, n: {"mood": "low"} if int(r.id[1:]) % 5 else TagError("no"))
    added, missed, tally, _ = tagging(data, lambda r, n: TagError("no"))
    assert (len(missed), tally.failed) == (ROWS / 5, ROWS / 5)
    assert len(added) == ROWS * 4 / 5


def test_a_dead_engine_ends_the_call_and_what_is_done_stays(data):
    def says(record, attempt):
        if record.id == "r20":
            raise EngineDeadError("gone")
        return {"mood": "low"}

    with pytest.raises(EngineDeadError, match="gone"):
        tagging(data, says, in_flight=1)
    added = list(read_added(data.with_name("data.jsonl.magpie") / "tags/moody"))
    assert len(added) == 20


def test_only_so_many_are_in_flight_and_there_is_no_barrier(data):
    most = now = 0
    order = []

    class Slow(Moody):
        async def tag(self, records, engine):
            nonlocal most, now
            now += 1
            most = max(most, now)
            for _ in range(50 if records[0].id == "r0" else 1):
                await asyncio.sleep(0)
            now -= 1
            order.append(records[0].id)
            return [{"mood": "low"}]

    with open_source(data) as source, Columns(source, "tags/slow", {}) as columns:
        job = Job(Slow(), columns, checker(Slow.schema), None, TaggerTally("slow", ""))
        asyncio.run(Tagging([job], source.records(), 3).run())
    assert most == 3
    assert order.index("r0") > 5
    assert len(order) == ROWS


class Judge(Backend):
    """Says what a test wants, and remembers the sampling."""

    name = "judge"

    def __init__(self, *texts: str, schemas: bool, finish: str = "stop") -> None:
        self.capabilities = Capabilities(seeds=True, json_schema=schemas)
        self.texts, self.finish = texts, finish
        self.seen = []

    @classmethod
    async def open(cls, settings):
        raise NotImplementedError

    async def complete(self, prompt, sampling, n=1):
        self.seen.append((list(prompt), sampling))
        text = self.texts[(len(self.seen) - 1) % len(self.texts)]
        return [Completion(token_ids=(1,), text=text, finish_reason=self.finish)]


@pytest.fixture
def engine(checkpoint):
    from magpie_core.checkpoint import open_checkpoint
    from magpie_core.tagging.prompter import make_prompter

    opened = open_checkpoint(checkpoint)
    prompter, ids, strings = make_prompter(opened, None, None, None, [])

    def make(backend, context=None):
        return BackendEngine(backend, prompter, "c", ids, strings, context)

    return make


def user(text):
    from magpie_core.record import Turn

    return [Turn("user", text)]


async def test_a_schema_goes_to_a_backend_that_holds_it(engine):
    backend = Judge('{"mood":"low"}', schemas=True)
    said = await engine(backend).answer(user("Well?"), schema=Moody.schema, max_tokens=7)
    [(prompt, sampling)] = backend.seen
    assert said == '{"mood":"low"}'
    assert (sampling.json_schema, sampling.temperature, sampling.max_tokens) == (
        Moody.schema,
        0.0,
        7,
    )
    assert prompt == engine(None).prompter.question(user("Well?"))
    assert sampling.stop_token_ids


async def test_without_schemas_the_object_is_found_in_the_text(engine):
    backend = Judge('Here: {"mood": "low"}!', "low", schemas=False)
    judge = engine(backend)
    assert json.loads(await judge.answer(user("Well?"), schema=Moody.schema)) == {"mood": "low"}
    assert backend.seen[0][1].json_schema is None
    with pytest.raises(TagError, match="no JSON object"):
        await judge.answer(user("Well?"), schema=Moody.schema)
    assert await judge.answer(user("Well?")) == 'Here: {"mood": "low"}!'


async def test_an_answer_that_was_cut_is_a_tag_error(engine):
    with pytest.raises(TagError, match="cut after 1 tokens"):
        await engine(Judge('{"mood', schemas=True, finish="length")).answer(
            user("Well?"), schema=Moody.schema
        )


async def test_another_attempt_is_sampled_with_another_seed(engine):
    backend = Judge("{}", schemas=True)
    for attempt in range(3):
        await engine(backend).again(attempt).answer(user("Well?"), schema=Moody.schema)
    temperatures = [sampling.temperature for _, sampling in backend.seen]
    assert temperatures[0] == 0.0
    assert min(temperatures[1:]) > 0.0
    assert len({sampling.seed for _, sampling in backend.seen}) == 3


def test_a_long_text_is_cut_to_fit_and_counted(engine):
    judge = engine(None, context=600)
    write = lambda texts: user(f"Judge this: {texts['instruction']} Well?")  # noqa: E731
    [short] = judge.fitted(write, {"instruction": "Say it."}, max_tokens=100)
    assert (short.content, judge.cuts) == ("Judge this: Say it. Well?", 0)
    [long] = judge.fitted(write, {"instruction": "start " + "blah " * 2000 + "end"}, max_tokens=100)
    assert judge.cuts == 1
    assert long.content.startswith("Judge this: start blah")
    assert long.content.endswith("blah end Well?")
    assert "characters left out here" in long.content
    assert 400 < len(judge.prompter.question([long])) <= 500
    with pytest.raises(RequestError, match="context of 600"):
        judge.fitted(write, {"instruction": "x" * 99}, max_tokens=599)


async def test_whole_conversations_are_scored_as_the_template_writes_them(engine, checkpoint):
    from magpie_core.checkpoint import open_checkpoint
    from magpie_core.record import Turn

    tokenizer = open_checkpoint(checkpoint).tokenizer
    turns = [*user("Well?"), Turn("assistant", "Very well.")]
    messages = [{"role": one.role, "content": one.content} for one in turns]

    class Scorer(Judge):
        async def score(self, prompt):
            self.seen.append(list(prompt))
            return [0.5]

    backend = Scorer("", schemas=False)
    assert await engine(backend).score(turns) == [0.5]
    assert backend.seen == [tokenizer.apply_chat_template(messages, return_dict=False)]
    assert backend.seen[0].count(tokenizer.bos_token_id) == 1
