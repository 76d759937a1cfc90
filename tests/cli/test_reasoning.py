"""Reasoning from a run to a training file: a column of its own, in front of the answer, or nowhere."""

from __future__ import annotations

import json

import pytest

from magpie_core.testing.toys import CHATML, byte_level, toy_checkpoint

OPENS = CHATML.replace("assistant\n{% endif %}", "assistant\n<think>\n{% endif %}")
THOUGHT = "It is a river.\n</think>\n\nThe Nile."
ASKED = json.dumps([f"Name river number {number}." for number in range(60)])
RECIPE = """
[run]
checkpoint = {asks!r}
backend = "fake"
n = 4
pilot = 0
[engine.options]
texts = {asked}
[response_engine]
checkpoint = {thinks!r}
[response_engine.options]
texts = {texts}
"""


@pytest.fixture
def recipe(tmp_path):
    """Writes a recipe of one checkpoint that asks and one that reasons; the texts it answers with."""
    special = ("<|im_start|>", "<|im_end|>")
    asks = toy_checkpoint(tmp_path / "asks", byte_level(CHATML, special=special))
    thinks = toy_checkpoint(tmp_path / "thinks", byte_level(OPENS, special=special))

    def write(*texts):
        path = tmp_path / "recipe.toml"
        path.write_text(
            RECIPE.format(asks=str(asks), thinks=str(thinks), texts=json.dumps(texts), asked=ASKED)
        )
        return path

    return write


@pytest.fixture
def run(magpie, recipe, tmp_path):
    """A finished run whose answers were reasoned."""
    said = magpie("run", recipe(THOUGHT), "-o", tmp_path / "run", "-q")
    assert said.code == 0, said.err
    return tmp_path / "run"


def exported(magpie, run, to, *options):
    out = run.parent / f"{to}.jsonl"
    said = magpie("export", run, "--to", to, "--out", out, "--overwrite", *options)
    assert said.code == 0, said.err
    return [json.loads(line) for line in out.read_text("utf-8").splitlines()], said.err


def test_it_stands_in_its_column(magpie, run):
    rows, said = exported(magpie, run, "jsonl")
    assert {(row["response"], row["reasoning"]) for row in rows} == {
        ("The Nile.", "It is a river.")
    }
    assert "reasoning" not in said


def test_it_is_shown_before_the_answer(magpie, run):
    said = magpie("show", run, "-n", "1").out
    assert "reasoning\n  It is a river.\nresponse\n  The Nile.\n" in said


def test_only_who_is_asked_for_instructions_is_warned_of(magpie, recipe, tmp_path):
    said = magpie("run", recipe(THOUGHT), "--dry-run", "--json")
    assert "from nothing" not in said.out
    said = magpie(
        "run", recipe(THOUGHT), "--checkpoint", tmp_path / "thinks", "--dry-run", "--json"
    )
    checks = {one["name"]: one for one in json.loads(said.out)["checks"]}
    assert (
        f"--checkpoint OTHER --respond-with {tmp_path / 'thinks'}"
        in checks["from nothing"]["detail"]
    )


def test_a_format_without_columns_says_that_it_is_left_behind(magpie, run):
    rows, said = exported(magpie, run, "messages")
    assert {row["messages"][-1]["content"] for row in rows} == {"The Nile."}
    assert "4 records have reasoning" in said
    assert "--reasoning keep" in said


@pytest.mark.parametrize(
    ("to", "text"),
    [
        ("messages", lambda row: row["messages"][-1]["content"]),
        ("sharegpt", lambda row: row["conversations"][-1]["value"]),
        ("alpaca", lambda row: row["output"]),
        ("jsonl", lambda row: row["response"]),
    ],
)
def test_kept_in_front_of_the_answer_or_dropped(magpie, run, to, text):
    rows, said = exported(magpie, run, to, "--reasoning", "keep")
    assert {text(row) for row in rows} == {"<think>\nIt is a river.\n</think>\n\nThe Nile."}
    assert "note" not in said
    rows, said = exported(magpie, run, to, "--reasoning", "drop")
    assert {text(row) for row in rows} == {"The Nile."}
    assert all("reasoning" not in row for row in rows)
    assert "note" not in said


def test_longer_talks_keep_each_thought_with_its_answer(magpie, recipe, tmp_path):
    path = recipe("One.\n</think>\n\nThe Nile.")
    said = magpie("run", path, "-o", tmp_path / "run", "--turns", "2", "-n", "3", "-q")
    assert said.code == 0, said.err
    rows, _ = exported(magpie, tmp_path / "run", "jsonl")
    longer = [row for row in rows if row["exchanges"] == 2]
    assert longer
    assert all(row["reasonings"] == ["One.", "One."] for row in longer)
    rows, _ = exported(magpie, tmp_path / "run", "messages", "--reasoning", "keep")
    answers = [turn["content"] for row in rows for turn in row["messages"][1::2]]
    assert set(answers) == {"<think>\nOne.\n</think>\n\nThe Nile."}


def test_extending_keeps_what_was_thought_before(magpie, run):
    assert magpie("extend", run, "--turns", "2", "-q").code == 0
    rows, _ = exported(magpie, run, "jsonl")
    longer = [row for row in rows if row["exchanges"] == 2]
    assert longer
    assert all(row["reasonings"] == ["It is a river."] * 2 for row in longer)
    assert all(len(row["conversations"]) == 4 for row in longer)


def test_answers_that_never_came_are_rejected_with_their_reason(magpie, recipe, tmp_path):
    path = recipe("It is a river, and", THOUGHT)
    said = magpie("run", path, "-o", tmp_path / "run", "--json")
    assert said.code == 0, said.err
    rejects = [
        json.loads(line)
        for part in (tmp_path / "run/rejects").glob("*.jsonl")
        for line in part.read_text("utf-8").splitlines()
    ]
    late = [one for one in rejects if one["step"] == "response"]
    assert late
    assert {(one["reason"], one["text"]) for one in late} == {
        ("unfinished_reasoning", "It is a river, and")
    }


def test_a_budget_ends_long_thoughts(magpie, recipe, tmp_path):
    path = recipe("It is a river, and rivers are long.", "The Nile.\n</think>\n\nThe Nile.")
    said = magpie("run", path, "-o", tmp_path / "run", "--reasoning-budget", "10", "-q")
    assert said.code == 0, said.err
    rows, _ = exported(magpie, tmp_path / "run", "jsonl")
    assert any(row["reasoning_cut"] for row in rows)
    assert all(row["response"] for row in rows)


@pytest.mark.usefixtures("site")
def test_pairs_of_reasoned_answers(magpie, recipe, tmp_path):
    path = recipe(
        "So it is.\n</think>\n\nThe Nile is a long river in Africa.",
        "Well.\n</think>\n\nThe Rhine.",
    )
    assert magpie("run", path, "-o", tmp_path / "run", "-q").code == 0
    said = magpie("prefer", tmp_path / "run", "--by", "length", "--samples", "4", "-q")
    assert said.code == 0, said.err
    rows, _ = exported(magpie, tmp_path / "run", "trl-preference", "--reasoning", "keep")
    assert rows
    for row in rows:
        assert row["chosen"][0]["content"].startswith("<think>\nSo it is.\n</think>\n\nThe Nile")
        assert row["rejected"][0]["content"] == "<think>\nWell.\n</think>\n\nThe Rhine."
    rows, said = exported(magpie, tmp_path / "run", "trl-preference")
    assert {row["rejected"][0]["content"] for row in rows} == {"The Rhine."}


def test_what_others_wrote_into_the_answer_can_be_dropped(magpie, tmp_path):
    file = tmp_path / "theirs.jsonl"
    row = {"instruction": "Name a river.", "response": "<think>\nSo.\n</think>\n\nThe Nile."}
    file.write_text(json.dumps(row) + "\n")
    assert magpie("import", file, "-o", tmp_path / "run", "-q").code == 0
    rows, _ = exported(magpie, tmp_path / "run", "messages")
    assert rows[0]["messages"][-1]["content"] == row["response"]
    rows, _ = exported(magpie, tmp_path / "run", "messages", "--reasoning", "drop")
    assert rows[0]["messages"][-1]["content"] == "The Nile."


def test_the_answer_most_samples_agree_on_takes_the_place_of_the_first(magpie, recipe, tmp_path):
    right, wrong = "Count.\n</think>\n\nThe answer is 4.", "Guess.\n</think>\n\nThe answer is 5."
    path = recipe(right, right, right, wrong)
    assert magpie("run", path, "-o", tmp_path / "run", "-n", "12", "-q").code == 0
    options = ("--by", "majority", "--samples", "7", "--as", "vote", "-q")
    said = magpie("prefer", tmp_path / "run", *options)
    assert said.code == 0, said.err
    rows, _ = exported(magpie, tmp_path / "run", "jsonl")
    assert "The answer is 5." in {row["response"] for row in rows}
    rows, _ = exported(
        magpie, tmp_path / "run", "messages", "--best", "vote", "--reasoning", "keep"
    )
    assert len(rows) == 12
    answers = [row["messages"][-1]["content"] for row in rows]
    assert set(answers) == {"<think>\nCount.\n</think>\n\nThe answer is 4."}
    said = magpie("export", tmp_path / "run", "--to", "messages", "--best", "votes", "--out", "-")
    assert said.code == 2
    assert "vote" in said.err


def test_pairs_say_that_their_reasoning_is_left_behind(magpie, tmp_path):
    pair = {"chosen": "A.", "rejected": "B.", "reasoning": "Of another answer."}
    rows = [
        {"instruction": "Q1", "response": "R", **pair},
        {"instruction": "Q2", "response": "R", **pair, "rejected_reasoning": "Hm."},
    ]
    file = tmp_path / "theirs.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert magpie("import", file, "-o", tmp_path / "theirs", "-q").code == 0
    _, said = exported(magpie, tmp_path / "theirs", "trl-preference")
    assert "1 records have reasoning" in said


def test_the_best_response_ends_the_conversation_it_was_sampled_in(magpie, recipe, tmp_path):
    path = recipe("Count.\n</think>\n\nThe answer is 4.")
    run = tmp_path / "run"
    assert magpie("run", path, "-o", run, "-q").code == 0
    said = magpie("prefer", run, "--by", "majority", "--samples", "2", "--as", "vote", "-q")
    assert said.code == 0, said.err
    assert magpie("extend", run, "--turns", "3", "-q").code == 0
    whole, _ = exported(magpie, run, "jsonl")
    assert any(row["exchanges"] == 3 for row in whole)
    rows, _ = exported(magpie, run, "jsonl", "--best", "vote")
    for row in rows:
        assert [one["value"] for one in row["conversations"]] == [
            row["instruction"],
            "The answer is 4.",
        ]
        assert row["reasonings"] == ["Count."]
        assert row["response"] == "The answer is 4."


def test_the_best_response_is_no_pair(magpie, recipe, tmp_path):
    path = recipe("Count.\n</think>\n\nThe answer is 4.")
    run = tmp_path / "run"
    assert magpie("run", path, "-o", run, "-q").code == 0
    assert (
        magpie("prefer", run, "--by", "majority", "--samples", "2", "--as", "vote", "-q").code == 0
    )
    said = magpie("export", run, "--to", "trl-preference", "--best", "vote", "--out", "-")
    assert said.code == 2
    assert "--preferences vote" in said.err


def test_thoughts_in_the_turns_of_others_are_brought_in(magpie, tmp_path):
    asked = {"role": "user", "content": "Name a river."}
    answer = {"role": "assistant", "content": "The Nile."}
    rows = [
        {"messages": [asked, {**answer, "reasoning_content": "Hm."}]},
        {"messages": [asked, {**answer, "thinking": "So."}, asked, answer]},
        {"messages": [asked, answer]},
    ]
    file = tmp_path / "theirs.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert magpie("import", file, "-o", tmp_path / "run", "-q").code == 0
    rows, _ = exported(magpie, tmp_path / "run", "messages", "--reasoning", "keep")
    assert [[one["content"] for one in row["messages"][1::2]] for row in rows] == [
        ["<think>\nHm.\n</think>\n\nThe Nile."],
        ["<think>\nSo.\n</think>\n\nThe Nile.", "The Nile."],
        ["The Nile."],
    ]


def test_a_budget_leaves_room_for_the_responses_of_pairs_too(magpie, recipe, tmp_path):
    path, run = recipe(THOUGHT), tmp_path / "run"
    options = ("--reasoning-budget", "40", "-o", run, "-q")
    said = magpie("run", path, *options)
    assert said.code == 0, said.err
    said = magpie("prefer", run, "--by", "majority", "--max-response-tokens", "40")
    assert said.code == 2
    assert "leaves no room for an answer" in said.err
    assert not (run / "preferences").exists()
