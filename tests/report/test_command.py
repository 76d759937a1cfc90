import json

import pytest


def test_the_page_stands_beside_the_run(magpie, run_of):
    run = run_of()
    said = magpie("report", run, "--no-map", "--rows", 5)
    assert said.code == 0, said.err
    assert "60 records" in said.out
    html = (run / "report.html").read_text()
    assert html.startswith("<!doctype html>")
    assert "ends_with_colon" in html


def test_a_files_page_stands_beside_the_file(magpie, talks):
    path = talks(("Why?", "So."), ("What?", "That."))
    said = magpie("report", path)
    assert said.code == 0, said.err
    assert path.with_name("talks.jsonl.report.html").exists()
    assert f"magpie dedup {path}" in said.out
    assert str(path.parent) not in path.with_name("talks.jsonl.report.html").read_text()


def test_commands_for_two_of_one_name_can_be_pasted(magpie, run_of):
    first, second = run_of("first/run"), run_of("second/run")
    said = magpie(
        "report", first, second, "--no-map", "--rows", 0, "-o", first.parent / "both.html"
    )
    assert f"note on run (1): No language yet: magpie tag {first} language" in said.out
    assert f"note on run (2): No language yet: magpie tag {second} language" in said.out


def test_several_side_by_side(magpie, run_of, talks, tmp_path):
    out = tmp_path / "both.html"
    said = magpie("report", run_of(), talks(("Why?", "So.")), "-o", out, "--no-map", "-q")
    assert (said.code, said.out) == (0, ""), said.err
    assert "<title>run, talks.jsonl" in out.read_text()


def test_json_holds_every_number_and_writes_no_page(magpie, run_of):
    run = run_of()
    said = magpie("report", run, "--json", "--no-map", "--price-per-gpu-hour", "3.6")
    numbers = json.loads(said.out)
    assert numbers["sets"][0]["records"] == 60
    assert numbers["sets"][0]["spent"]["money"] == pytest.approx(0.0625)
    assert {one["name"] for one in numbers["distributions"]} >= {"difficulty", "length of response"}
    assert not (run / "report.html").exists()


def test_each_figure_as_a_file(magpie, run_of, tmp_path):
    folder = tmp_path / "pictures"
    said = magpie(
        "report",
        run_of(),
        "--no-map",
        "--json",
        "--figures",
        folder,
        "--format",
        "svg",
        "--theme",
        "dark",
    )
    assert said.code == 0, said.err
    assert (folder / "difficulty.svg").read_text().startswith("<svg")
    assert len(list(folder.iterdir())) >= 8


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--format", "svgg"], "did you mean `svg`?"),
        (["--theme", "drak"], "did you mean `dark`?"),
        (["--json", "-o", "x.html"], "--json writes no page"),
        (["--gpus", "2"], "--gpus 2 says what is paid for"),
        (["--rows", "-1"], "--rows"),
    ],
)
def test_what_cannot_be_meant(magpie, talks, arguments, told):
    said = magpie("report", talks(("Why?", "So.")), *arguments)
    assert said.code == 2
    assert told in said.err


def test_a_source_is_never_written_over(magpie, talks, run_of):
    path, run = talks(("Why?", "So.")), run_of()
    before = path.read_bytes()
    assert "belongs to" in magpie("report", path, "-o", path).err
    assert path.read_bytes() == before
    assert "belongs to" in magpie("report", run, "-o", run / "run.toml").err
    assert "is a folder" in magpie("report", run, "-o", run).err


def test_a_source_twice_is_refused(magpie, talks):
    path = talks(("Why?", "So."))
    assert magpie("report", path, path).code != 0


def test_what_is_missing_is_named_before_anything_is_read(magpie, talks, monkeypatch):
    import importlib.util

    real = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util,
        "find_spec",
        lambda name, *rest: None if name == "altair" else real(name, *rest),
    )
    said = magpie("report", talks(("Why?", "So.")))
    assert said.code != 0
    assert "needs `altair`" in said.err
    assert "pip install 'magpie-core[report]'" in said.err


def test_damaged_lines_are_passed_over_and_told_of(magpie, run_of):
    run = run_of()
    part = next((run / "records").glob("part-*.jsonl"))
    lines = part.read_bytes().splitlines(keepends=True)
    part.write_bytes(b"".join([*lines[:5], b'{"broken\n', *lines[6:]]))
    said = magpie("report", run, "--json", "--no-map")
    assert said.code == 0
    assert "damaged line passed over" in said.err
    one = json.loads(said.out)["sets"][0]
    assert (one["records"], one["damaged"]) == (59, 1)
