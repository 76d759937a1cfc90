"""``magpie import``, and what the other commands do with what it made."""

import json

import pytest


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "their data.jsonl"
    talk = [
        {"role": "user", "content": "first question"},
        {"role": "assistant", "content": "first answer"},
        {"role": "user", "content": "second question"},
        {"role": "assistant", "content": "second answer"},
    ]
    rows = [{"id": "x", "messages": talk, "topic": "t"}, {"prompt": "Q", "completion": "A"}]
    lines = [json.dumps(rows[0]), "{corrupt", json.dumps(rows[1])]
    lines += [json.dumps({"prompt": f"Q{k}", "completion": "A"}) for k in range(150)]
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.fixture
def run(magpie, file, tmp_path):
    assert magpie("import", file, "-o", tmp_path / "run", "-q").code == 0
    return tmp_path / "run"


def test_it_says_what_it_did(magpie, file, tmp_path):
    said = magpie("import", file, "-o", tmp_path / "run")
    assert said.code == 0
    assert said.out.startswith("152 records in ")
    assert "1 rows without a conversation" in said.out
    assert f"{file}:2: damaged line passed over" in said.err


def test_json_and_quiet(magpie, file, tmp_path):
    said = magpie("import", file, "-o", tmp_path / "run", "--json")
    document = json.loads(said.out)
    assert (document["records"], document["new"], document["rejected"]) == (152, 152, 1)
    assert document["key"] in (tmp_path / "run" / "run.toml").read_text()
    said = magpie("import", file, "-o", tmp_path / "run", "-q")
    assert (said.code, said.out, said.err) == (0, "", "")


def test_status_says_where_it_came_from(magpie, run, file):
    said = magpie("status", run)
    assert said.code == 0
    assert "152 records, complete" in said.out
    assert f"imported from `{file}`" in said.out
    document = json.loads(magpie("status", run, "--json").out)
    assert (document["kind"], document["complete"], document["wanted"]) == ("import", True, None)


def test_status_of_one_that_was_stopped_says_how_to_go_on(magpie, run, file):
    manifest = run / "run.toml"
    manifest.write_text(manifest.read_text().replace("complete = true", "complete = false"))
    said = magpie("status", run)
    assert "152 records, not complete" in said.out
    assert f"go on with: magpie import '{file}' -o {run}" in said.out
    said = magpie("resume", run)
    assert said.code == 5
    assert f"magpie import '{file}' -o {run}" in said.err


@pytest.mark.parametrize("args", [("resume",), ("run", "--backend", "fake", "-n", 5, "-o")])
def test_nothing_is_generated_into_it(magpie, run, checkpoint, args):
    more = ["--checkpoint", checkpoint] if args[0] == "run" else []
    said = magpie(*args, run, *more)
    assert said.code == 5
    assert "there is nothing to generate" in said.err
    assert len((run / "records" / "part-00000.jsonl").read_text().splitlines()) == 152


def test_show_reads_the_whole_conversation(magpie, run):
    said = magpie("show", run, "-n", 1)
    assert said.code == 0
    places = [said.out.index(f"{one} {what}") for one in ("first", "second") for what in ("q", "a")]
    assert places == sorted(places)
    assert "malformed" in magpie("show", run, "--rejected").out


@pytest.mark.parametrize("to", ["sharegpt", "messages"])
def test_export_writes_all_of_it(magpie, run, tmp_path, to):
    said = magpie("export", run, "--to", to, "--out", tmp_path / "out.jsonl")
    assert (said.code, said.err) == (0, "")
    rows = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert len(rows) == 152
    turns = rows[0].get("conversations") or rows[0]["messages"]
    assert [one.get("value") or one["content"] for one in turns] == [
        "first question",
        "first answer",
        "second question",
        "second answer",
    ]


@pytest.mark.parametrize("to", ["jsonl", "parquet"])
def test_the_columns_are_there_once(magpie, run, tmp_path, to):
    from magpie_core.dataset.source import open_source

    out = tmp_path / f"out.{to}"
    assert magpie("export", run, "--to", to, "--out", out, "-n", 1).code == 0
    with open_source(out) as source:
        (record,) = source.records()
    assert record.extra.keys() == {"topic", "source_id", "conversations"}
    assert len(record.turns) == 4


def test_a_file_that_is_none_is_said(magpie, tmp_path):
    said = magpie("import", tmp_path / "nothing.jsonl", "-o", tmp_path / "run")
    assert said.code == 5
    assert "nothing.jsonl" in said.err
    (tmp_path / "data.csv").write_text("a,b")
    said = magpie("import", tmp_path / "data.csv", "-o", tmp_path / "run")
    assert said.code == 2
    assert not (tmp_path / "run").exists()


def test_several_files_at_once(magpie, file, tmp_path):
    more = tmp_path / "more.jsonl"
    more.write_text('{"prompt": "only a question"}\n')
    said = magpie("import", file, more, "-o", tmp_path / "run")
    assert said.code == 0
    assert said.out.startswith("153 records in ")
    assert "1 records without a response: exports for training leave them out" in said.out
    assert f"imported from `{file}`, `{more}`" in magpie("status", tmp_path / "run").out


def test_columns_of_a_file_of_no_known_form(magpie, tmp_path):
    file = tmp_path / "faq.jsonl"
    file.write_text(json.dumps({"title": "Q", "text": "A", "votes": 3}) + "\n")
    said = magpie("import", file, "-o", tmp_path / "run")
    assert said.code == 2
    assert "--columns instruction=title,response=text" in said.err
    said = magpie("import", file, "-o", tmp_path / "run", "--columns", "instruction=titel")
    assert (said.code, "did you mean `title`?" in said.err) == (2, True)
    assert not (tmp_path / "run").exists()
    named = ["--columns", "instruction=title,response=text"]
    assert magpie("import", file, "-o", tmp_path / "run", *named, "-q").code == 0
    assert "instruction\n  Q\nresponse\n  A\n" in magpie("show", tmp_path / "run").out


@pytest.fixture
def prompts(magpie, tmp_path):
    """A run of two prompts and one answered row."""
    file = tmp_path / "prompts.jsonl"
    rows = [
        {"prompt": "Q0"},
        {"prompt": "Q1", "completion": "A1"},
        {"prompt": "Q2", "response": ""},
    ]
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert magpie("import", file, "-o", tmp_path / "run", "-q").code == 0
    return tmp_path / "run"


@pytest.mark.parametrize("to", ["sharegpt", "messages", "alpaca"])
def test_formats_for_training_leave_prompts_out_and_say_so(magpie, prompts, tmp_path, to):
    said = magpie("export", prompts, "--to", to, "--out", tmp_path / "out.jsonl")
    assert said.code == 0
    assert said.out.startswith("1 rows as ")
    assert "2 records without a response left out" in said.err
    assert "--to jsonl and --to parquet keep them" in said.err
    (row,) = map(json.loads, (tmp_path / "out.jsonl").read_text().splitlines())
    assert "A1" in json.dumps(row)
    said = magpie("export", prompts, "--to", to, "--out", "-")
    assert "2 records without a response left out" in said.err


@pytest.mark.parametrize("to", ["jsonl", "parquet"])
def test_formats_of_columns_keep_prompts_without_a_turn_for_the_answer(
    magpie, prompts, tmp_path, to
):
    from magpie_core.dataset.files import read_rows

    out = tmp_path / f"out.{to}"
    said = magpie("export", prompts, "--to", to, "--out", out)
    assert (said.code, said.err) == (0, "")
    rows = [row for _, row in read_rows(out, lambda *_: None)]
    assert [row["response"] for row in rows] == ["", "A1", ""]
    assert [[turn["value"] for turn in row["conversations"]] for row in rows] == [
        ["Q0"],
        ["Q1", "A1"],
        ["Q2"],
    ]


def test_a_run_of_prompts_only_is_no_training_file(magpie, tmp_path):
    file = tmp_path / "prompts.jsonl"
    file.write_text('{"prompt": "Q0"}\n')
    assert magpie("import", file, "-o", tmp_path / "run", "-q").code == 0
    for out in (tmp_path / "out.jsonl", "-"):
        said = magpie("export", tmp_path / "run", "--to", "messages", "--out", out)
        assert (said.code, said.out) == (2, "")
        assert "none of 1 records has a response" in said.err
        assert "--to jsonl" in said.err
    assert not (tmp_path / "out.jsonl").exists()
