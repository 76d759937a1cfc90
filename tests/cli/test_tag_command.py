"""``magpie tag`` from the command line, with the fake backend's answers."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from magpie_core.dataset.columns import read_added, read_missed
from magpie_core.errors import BackendError

RECIPE = """
[taggers.clarity]
prompt = "How clear is this? {instruction}"
columns = { clarity = ["low", "high"] }

[taggers.length]
prompt = "How long is this? {response}"
columns = { length = "integer" }
"""
GOOD = 'texts=["{\\"clarity\\": \\"High\\"}"]'


@pytest.fixture
def recipe(tmp_path: Path) -> Path:
    path = tmp_path / "recipe.toml"
    path.write_text(RECIPE)
    return path


@pytest.fixture
def tag(magpie, recipe, checkpoint):
    def tag(source, *more, texts=GOOD):
        options = ["--recipe", recipe, "--checkpoint", checkpoint, "--backend", "fake"]
        return magpie("tag", source, *more, *options, "--engine-option", texts)

    return tag


@pytest.fixture
def data(tmp_path: Path) -> Path:
    path = tmp_path / "data.jsonl"
    rows = [json.dumps({"instruction": f"Say {k}.", "output": "So."}) for k in range(4)]
    path.write_text("\n".join([rows[0], rows[1], '{"broken', rows[2], rows[3]]) + "\n")
    return path


def test_a_run_is_tagged_and_not_touched(tag, fake_run):
    before = {
        path: path.read_bytes()
        for path in fake_run.rglob("*.*")
        if path.is_file() and path.name != "events.jsonl"
    }
    said = tag(fake_run, "clarity")
    assert said.code == 0, said.err
    added = list(read_added(fake_run / "tags/clarity"))
    assert len({one.id for one in added}) == 12
    assert all(one.columns == {"clarity": "high"} for one in added)
    assert {path: path.read_bytes() for path in before} == before
    assert "clarity: 12/12" in said.out
    assert "cannot hold an answer to a schema" in said.err


def test_schemas_are_no_matter_for_a_tagger_that_asks_for_none(
    magpie, data, checkpoint, monkeypatch
):
    from magpie_core.plugins import Plugins
    from magpie_core.tagger import EngineTagger

    class Mood(EngineTagger):
        """Reads free text."""

        name = "mood"
        schema = {"type": "object", "properties": {"mood": {"type": "string"}}}
        needs = "answer"

        async def one(self, record, engine):
            return {"mood": await engine.answer(record.turns[:1])}

    monkeypatch.setattr(Plugins, "taggers", lambda self: {"mood": Mood})
    engine = ("--checkpoint", checkpoint, "--backend", "fake", "--engine-option", 'texts=["low"]')
    said = magpie("tag", data, "mood", *engine)
    assert (said.code, "mood: 4/4" in said.out) == (0, True), said.err
    assert "cannot hold an answer" not in said.err


def test_again_it_loads_no_engine_and_says_it_is_complete(tag, fake_run, monkeypatch):
    assert tag(fake_run, "clarity").code == 0

    async def no_engine(*_):
        raise AssertionError("an engine was loaded")

    monkeypatch.setattr("magpie_core.builtin.fake.FakeBackend.open", no_engine)
    said = tag(fake_run, "clarity")
    assert said.code == 0, said.err
    assert "clarity: complete, 12 records" in said.out


def test_a_corrupt_line_is_named_once_and_the_rest_is_tagged(tag, data):
    said = tag(data, "clarity", "--json")
    assert said.code == 0, said.err
    assert said.err.count(f"{data}:3: damaged line passed over") == 1
    document = json.loads(said.out)
    assert (document["records"], document["damaged"]) == (4, 1)
    assert document["taggers"]["clarity"] | {"folder": ""} == {
        "folder": "",
        "before": 0,
        "tagged": 4,
        "failed": 0,
        "retried": 0,
        "cut": 0,
    }


def test_first_a_few_then_the_rest(tag, data):
    assert (
        json.loads(tag(data, "clarity", "-n", 1, "--json").out)["taggers"]["clarity"]["tagged"] == 1
    )
    counts = json.loads(tag(data, "clarity", "--json").out)["taggers"]["clarity"]
    assert (counts["before"], counts["tagged"]) == (1, 3)


def test_answers_that_break_the_schema_are_counted_and_kept_with_their_reason(tag, data):
    said = tag(data, "clarity", texts='texts=["{\\"clarity\\": \\"so-so\\"}"]')
    assert said.code == 0, said.err
    assert "4/4, 4 failed, 4 asked again" in said.out
    missed = read_missed(data.with_name("data.jsonl.magpie") / "tags/clarity")
    assert len(missed) == 4
    assert all("'so-so' is not one of ['low', 'high']" in reason for reason in missed.values())


def test_two_taggers_of_one_call_have_folders_of_their_own(tag, data):
    said = tag(data, "clarity", "length", texts='texts=["{\\"clarity\\": \\"low\\"}"]')
    assert said.code == 0, said.err
    place = data.with_name("data.jsonl.magpie") / "tags"
    assert len(list(read_added(place / "clarity"))) == 4
    assert len(read_missed(place / "length")) == 4


def test_other_settings_are_refused_with_the_way_out(tag, data, recipe):
    assert tag(data, "clarity").code == 0
    recipe.write_text(RECIPE.replace("How clear", "How very clear"))
    said = tag(data, "clarity")
    assert said.code == 2
    assert "was made with prompt = " in said.err
    assert "--as" in said.err
    assert tag(data, "clarity", "--as", "again").code == 0
    assert len(list(read_added(data.with_name("data.jsonl.magpie") / "tags/again"))) == 4


def test_a_dry_run_shows_the_prompt_and_writes_nothing(tag, data):
    said = tag(data, "clarity", "--dry-run")
    assert said.code == 0, said.err
    assert "How clear is this? Say 0.<|eot_id|>" in said.out
    assert "clarity: 4 to do, 0 done" in said.out
    assert not data.with_name("data.jsonl.magpie").exists()
    document = json.loads(tag(data, "clarity", "--dry-run", "--json").out)
    assert document["taggers"][0]["prompt_ids"]


def test_a_dead_engine_says_how_to_go_on(tag, data):
    said = tag(data, "clarity", "--engine-option", "die_after=2", "--in-flight", 1)
    assert said.code == 6
    assert "the same command again goes on" in said.err
    counts = json.loads(tag(data, "clarity", "--json").out)["taggers"]["clarity"]
    assert (counts["before"], counts["tagged"]) == (2, 2)


def test_quiet_says_nothing(tag, data):
    assert tag(data, "clarity", "-q") == type(tag(data, "clarity", "-q"))(0, "", "")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "no source named"),
        (["data.jsonl"], "no tagger named"),
        (["data.jsonl", "clariti"], "did you mean `clarity`?"),
        (["data.jsonl", "clarity", "length", "--as", "x"], "names 2 taggers"),
        (["data.jsonl", "clarity", "--as", "../x"], "cannot name a folder"),
        (["data.csv", "clarity"], "is no data we read"),
        (["data.jsonl", "clarity", "--backend", "vlm"], "unknown backend `vlm`"),
    ],
)
def test_what_cannot_be_is_said(magpie, recipe, data, monkeypatch, arguments, said):
    monkeypatch.chdir(data.parent)
    data.with_name("data.csv").write_text("a,b\n")
    ended = magpie("tag", *arguments, "--recipe", recipe)
    assert ended.code == 2
    assert said in ended.err
    assert "hint" in ended.err


def test_the_list_names_columns_and_what_is_needed(magpie, recipe):
    said = magpie("tag", "--list", "--recipe", recipe)
    assert said.code == 0
    assert "columns: clarity" in said.out
    assert "looks at the response" in said.out
    names = [one["name"] for one in json.loads(magpie("tag", "--list", "--json").out)["taggers"]]
    assert "clarity" not in names


def test_two_calls_at_once_are_refused(tag, data):
    from magpie_core.run.lock import RunLock

    assert tag(data, "clarity", "-n", 1).code == 0
    lock = RunLock(data.with_name("data.jsonl.magpie") / "tags/clarity").acquire()
    try:
        said = tag(data, "clarity")
    finally:
        lock.release()
    assert said.code == 5
    assert f"the columns `tags/clarity` of `{data}` are being written by process" in said.err
    assert "then give the same command again" in said.err
    assert "run folder" not in said.err


def test_of_a_call_whose_engine_cannot_be_opened_nothing_stays(tag, data, monkeypatch):
    async def refuse(*_):
        raise BackendError("no memory for the weights")

    monkeypatch.setattr("magpie_core.builtin.fake.FakeBackend.open", refuse)
    said = tag(data, "clarity", "length")
    assert (said.code, "no memory for the weights" in said.err) == (6, True)
    assert not data.with_name("data.jsonl.magpie").exists()


def test_a_call_that_failed_before_its_first_record_binds_nothing(tag, data, recipe):
    assert tag(data, "clarity", "--engine-option", "die_after=0").code == 6
    assert not data.with_name("data.jsonl.magpie").exists()
    recipe.write_text(RECIPE.replace("How clear", "How very clear"))
    said = tag(data, "clarity")
    assert said.code == 0, said.err


def test_scores_are_refused_before_a_checkpoint_is_opened(magpie, data, monkeypatch):
    from magpie_core import Tagger
    from magpie_core.plugins import Plugins

    class Scorer(Tagger):
        """Scores."""

        name = "scorer"
        schema = {"type": "object", "properties": {"s": {"type": "number"}}}
        needs = "score"

    monkeypatch.setattr(Plugins, "taggers", lambda self: {"scorer": Scorer})
    said = magpie("tag", data, "scorer", "--backend", "fake")
    assert (said.code, "none is named" in said.err) == (2, True)
    said = magpie("tag", data, "scorer", "--backend", "fake", "--checkpoint", "no/such")
    assert (said.code, "the fake backend gives no scores" in said.err) == (2, True)
    assert not data.with_name("data.jsonl.magpie").exists()


DATED = """{{ bos_token }}Today is {{ strftime_now('%d %b %Y') }}.
{% for m in messages %}<|start_header_id|>{{ m.role }}<|end_header_id|>

{{ m.content }}<|eot_id|>{% endfor %}{% if add_generation_prompt %}<|start_header_id|>assistant<|end_header_id|>

{% endif %}"""


def test_tomorrow_goes_on_with_the_date_of_today(
    magpie, data, recipe, checkpoint, copy_of, tmp_path, monkeypatch
):
    dated = copy_of(checkpoint, tmp_path / "dated", DATED)
    options = [
        "--recipe",
        recipe,
        "--checkpoint",
        dated,
        "--backend",
        "fake",
        "--engine-option",
        GOOD,
    ]
    for day, more in (("20 Nov 2026", ["-n", 1]), ("21 Nov 2026", [])):
        monkeypatch.setattr("magpie_core.tagging.judge.today", lambda day=day: day)
        shown = magpie("tag", data, "clarity", *options, "--dry-run")
        assert "Today is 20 Nov 2026." in shown.out, shown.err
        said = magpie("tag", data, "clarity", *options, *more)
        assert said.code == 0, said.err
    assert len(list(read_added(data.with_name("data.jsonl.magpie") / "tags/clarity"))) == 4
    said = magpie("tag", data, "clarity", *options, "--date", "1 Jan 2020")
    assert said.code == 2
    assert "date = '20 Nov 2026', not '1 Jan 2020'" in said.err


def test_a_template_that_cannot_be_taken_apart_renders_the_question_itself(
    magpie, data, recipe, checkpoint, copy_of, tmp_path
):
    template = "{{ bos_token }}Judge: {{ messages[-1].content | upper }} Verdict:"
    guard = copy_of(checkpoint, tmp_path / "guard", template)
    said = magpie("tag", data, "clarity", "--recipe", recipe, "--checkpoint", guard, "--dry-run")
    assert said.code == 0, said.err
    assert "HOW CLEAR IS THIS? SAY 0. Verdict:" in said.out
