"""What the page's interface answers: pages, filters, expressions, records, rejections."""

import json

import pytest

from magpie_core.dataset.source import open_source
from magpie_core.selection.request import Request
from magpie_core.selection.select import select
from magpie_core.view.asked import words


def ids(served, **asked):
    found = served.ask("page", asked=asked, size=200)
    assert "error" not in found, found
    return [row["id"] for row in found["rows"]]


def test_pages_follow_the_order_of_the_source(shared):
    first, second = (shared.ask("page", start=start, size=50) for start in (0, 50))
    assert first["total"] == 120
    assert [row["index"] for row in first["rows"] + second["rows"]] == list(range(100))


@pytest.mark.parametrize("descending", [False, True])
def test_sorting_puts_rows_without_a_value_last(shared, descending):
    asked = {"sort": "difficulty", "descending": descending}
    rows = shared.ask("page", asked=asked, size=200)["rows"]
    order = ["very easy", "easy", "medium", "hard", "very hard"]
    ranks = [order.index(row["value"]) for row in rows[:-10]]
    assert ranks == sorted(ranks, reverse=descending)
    assert [row["value"] for row in rows[-10:]] == [None] * 10
    numbers = [
        float(r["value"])
        for r in shared.ask(
            "page", asked={"sort": "instruct_reward", "descending": descending}, size=200
        )["rows"]
    ]
    assert numbers == sorted(numbers, reverse=descending)


def test_equal_rows_stay_in_the_source_s_order(shared):
    rows = shared.ask("page", asked={"sort": "input_quality", "descending": True}, size=200)["rows"]
    for value in {row["value"] for row in rows}:
        places = [row["n"] for row in rows if row["value"] == value]
        assert places == sorted(places)


@pytest.mark.parametrize(
    ("asked", "where"),
    [
        ({"labels": {"input_quality": ["good", "excellent"]}}, "input_quality IN ('good', 'excellent')"),
        ({"labels": {"difficulty": [None]}}, "difficulty IS NULL"),
        ({"labels": {"difficulty": [None, "hard"], "language": ["DE"]}}, "(difficulty IS NULL OR difficulty = 'hard') AND language = 'DE'"),
        ({"ranges": {"instruct_reward": [0, 5]}}, "instruct_reward BETWEEN 0 AND 5"),
        ({"ranges": {"length of response": [None, 200]}}, "length(response) <= 200"),
        ({"where": "input_quality >= 'good' AND instruct_reward >= quantile_cont(instruct_reward, 0.5)"}, "input_quality >= 'good' AND instruct_reward >= quantile_cont(instruct_reward, 0.5)"),
        ({"where": "instruction LIKE '%Rust%'", "labels": {"language": ["EN"]}}, "instruction LIKE '%Rust%' AND language = 'EN'"),
    ],
)  # fmt: skip
def test_a_filter_finds_what_select_finds(shared, asked, where):
    with (
        open_source(shared.desk.source.path) as source,
        select(source, Request(where=(where,))) as selection,
    ):
        wanted = list(selection.ids())
    assert wanted
    assert ids(shared, **asked) == wanted


def test_a_search_is_in_any_case_and_in_every_turn(shared):
    assert ids(shared, search="WELLINGTONS") == ["0123456789ab-00000002"]
    assert ids(shared, search='"line by line" kyoto') == [
        f"0123456789ab-{at:08d}" for at in (35, 85)
    ]
    found = shared.ask("page", asked={"search": "garten -ida"}, size=200)["rows"]
    assert found
    assert all("Garten" in row["instruction"] and "Ida" not in row["instruction"] for row in found)
    assert (
        shared.ask("page", asked={"search": "garten", "labels": {"language": ["EN"]}})["total"] == 0
    )


def test_words_of_a_search():
    assert words('Two "in Quotes" -not - "open') == [
        ("two", True),
        ("in", True),
        ("quotes", True),
        ("-not"[1:], False),
        ("-", True),
        ("open", True),
    ]
    assert words('a "b c" -d') == [("a", True), ("b c", True), ("d", False)]
    assert words("%_'") == [("%_'", True)]
    assert words("   ") == []


def test_a_slip_in_an_expression_is_said_as_select_says_it(shared):
    found = shared.ask("page", asked={"where": "instruct_rewrd > 2"})
    assert "there is no column `instruct_rewrd`" in found["error"]
    assert found["hint"] == "did you mean `instruct_reward`?"
    assert (
        "did you mean 'good'?"
        in shared.ask("page", asked={"where": "input_quality >= 'goood'"})["hint"]
    )
    assert (
        "a SELECT inside it"
        in shared.ask("page", asked={"where": "id IN (SELECT id FROM row)"})["error"]
    )
    assert (
        "cannot be computed"
        in shared.ask("page", asked={"where": "instruct_reward > 'much'"})["error"]
    )


@pytest.mark.parametrize(
    "where", ["read_text('/etc/passwd') = ''", "true) UNION SELECT * FROM text --", "1=1; DROP TABLE row"]
)  # fmt: skip
def test_an_expression_reads_no_file_and_changes_nothing(shared, where):
    assert "error" in shared.ask("page", asked={"where": where})
    assert shared.ask("page")["total"] == 120


def test_the_values_of_a_filter_are_no_sql(shared):
    assert shared.ask("page", asked={"labels": {"language": ["EN' OR '1'='1"]}})["total"] == 0
    assert "no column" in shared.ask("page", asked={"labels": {"id) OR (1=1": ["x"]}})["error"]
    assert "no column" in shared.ask("page", asked={"sort": "n; DROP TABLE row"})["error"]


def test_counts_leave_out_the_column_s_own_choice(shared):
    free = shared.ask("counts")
    chosen = shared.ask("counts", labels={"language": ["DE"]})
    assert dict(chosen["language"]) == dict(free["language"]) == {"EN": 96, "DE": 24}
    assert dict(chosen["task_category"]) == {"Creative writing": 24}
    assert sum(count for _, count in chosen["difficulty"]) == 24
    assert dict(free["difficulty"])[None] == 10


def test_what_can_be_filtered_by(shared):
    facets = {one["column"]: one for one in shared.ask("about")["facets"]}
    assert facets["input_quality"]["values"] == [
        "very poor",
        "poor",
        "average",
        "good",
        "excellent",
    ]
    assert facets["difficulty"]["empty"] == 10
    assert sum(facets["instruct_reward"]["bins"]) == 120
    assert facets["length of response"]["kind"] == "numbers"
    # of one value, or texts to be read
    assert not {"quality_generator", "quality_explanation", "run", "chosen", "reasoning"} & set(
        facets
    )


def test_a_record_is_read_as_it_was_said(shared):
    talk = shared.ask("record", n=2)
    assert [turn["role"] for turn in talk["turns"]] == [
        "system",
        "user",
        "assistant",
        "user",
        "assistant",
    ]
    assert talk["turns"][-1]["text"] == "Then the glasshouse."
    thought = shared.ask("record", n=3)["turns"][1]
    assert thought["reasoning"]["text"] == "There are 19 balls, 7 of them blue."
    first = shared.ask("record", n=0)
    [pair] = first["pairs"]
    assert (pair["chosen"]["reward"], pair["rejected"]["reward"]) == (1.5, -2.25)
    assert [one["objection"] for one in pair["responses"]] == [None, None, "unfinished"]
    columns = {(one["owner"], one["name"]): one["value"] for one in first["columns"]}
    assert columns["tags/quality", "quality_generator"] == "a judge"
    assert columns["row", "seed"] == "0"
    assert ("preferences/preferred", "responses") not in columns


def test_the_page_that_holds_a_record(shared):
    assert shared.ask("page", around=77, size=50)["start"] == 50
    found = shared.ask("page", asked={"descending": True}, around=77, size=50)
    assert 77 in [row["n"] for row in found["rows"]]
    assert (
        shared.ask("page", asked={"labels": {"language": ["DE"]}}, around=0, size=50)["start"] == 0
    )


def test_what_was_rejected(shared):
    found = shared.ask("rejected")
    assert found["total"] == 17
    assert [one[:2] for one in found["reasons"]] == [
        ["instruction", "too_short"],
        ["response", "unfinished"],
    ]
    late = shared.ask("rejected", step="response", reason="unfinished", search="IFRAME")
    assert late["total"] == 5
    assert late["rows"][0]["index"] == 132
    assert late["rows"][0]["instruction"] == "Tell me everything"


@pytest.mark.parametrize("n", [-1, 120, 10**12])
def test_a_record_that_is_not_there(shared, n):
    assert "there is no record" in shared.ask("record", n=n)["error"]


def test_a_request_of_another_form_is_refused(shared):
    client = shared.client()
    for body in ({"asked": {"unknown": 1}}, {"start": "x"}, [], {"asked": {"labels": {"a": 1}}}):
        answer = client.post("/api/page", json=body)
        assert answer.status_code == 400
        assert "cannot be read" in answer.json()["error"]
    assert client.post("/api/page", content=b"\xff").status_code == 400
    assert client.get("/api/page").status_code == 405


def test_a_data_file(tmp_path, serve):
    path = tmp_path / "data.jsonl"
    rows = [
        {
            "id": f"r{at}",
            "instruction": f"Question {at}?",
            "response": "Yes." * at,
            "kind": "ab"[at % 2],
        }
        for at in range(30)
    ]
    path.write_text("".join(json.dumps(one) + "\n" for one in rows) + "no row\n")
    served = serve(path)
    about = served.ask("about")
    assert (about["rows"], about["run"]) == (30, False)
    assert ids(served, labels={"kind": ["b"]}, search='"question 3?"') == ["r3"]
    assert not (tmp_path / "data.jsonl.magpie").exists()  # looking leaves nothing beside the file


def test_a_parquet_file(tmp_path, serve):
    import pyarrow as pa
    from pyarrow import parquet

    path = tmp_path / "data.parquet"
    talks = [
        [{"from": "human", "value": f"Q{at}"}, {"from": "gpt", "value": "A"}] for at in range(5)
    ]
    parquet.write_table(
        pa.table({"conversations": talks, "score": [1.5, 2.5, None, 0.5, 4.0]}), path
    )
    served = serve(path)
    rows = served.ask("page", asked={"sort": "score", "descending": True})["rows"]
    assert [row["instruction"] for row in rows] == ["Q4", "Q1", "Q0", "Q3", "Q2"]


def test_two_sets_with_a_column_of_one_name(run, serve):
    from magpie_core.dataset.columns import Columns

    with open_source(run) as source, Columns(source, "tags/other", {}) as tags:
        tags.add("0123456789ab-00000005", {"input_quality": "poor"})
    served = serve(run)
    assert ids(served, labels={"other.input_quality": ["poor"]}) == ["0123456789ab-00000005"]
    assert "say which" in served.ask("page", asked={"where": "input_quality = 'poor'"})["hint"]
    assert ids(served, where="other.input_quality = 'poor'") == ["0123456789ab-00000005"]
