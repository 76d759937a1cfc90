"""Rows far larger than any conversation: they cost memory of their own size, and nothing else breaks."""

from __future__ import annotations

import json

import pytest

from magpie_core.run.folder import RunFolder

MEGABYTE = 1024**2
LARGE = 32 * MEGABYTE


@pytest.fixture
def file(tmp_path):
    """Three rows, the one in the middle of 32 MiB; and a line as long that is nothing."""
    path = tmp_path / "data.jsonl"
    small = {"instruction": "Why is it so?", "response": "Because."}
    large = {"instruction": "Read this.", "response": "word " * (LARGE // 5)}
    rows = [json.dumps(one) for one in (small, large)]
    with path.open("w") as out:
        out.write(
            "\n".join([rows[0], rows[1], "x" * LARGE, json.dumps({**small, "instruction": "And?"})])
        )
        out.write("\n")
    return path


def test_every_step_takes_it(magpie, file, tmp_path):
    run = tmp_path / "run"
    said = magpie("import", file, "-o", run)
    assert said.code == 0, said.err
    assert len(said.err) < 3000, "the row itself is not printed"
    with RunFolder.open(run, write=False) as folder:
        assert [len(one.response) for one in folder.records()] == [8, LARGE // 5 * 5, 8]
        [rejection] = folder.rejections()
        assert len(rejection.text) < 1000
    for words in (
        ["status", run],
        ["show", run],
        ["select", run, "--where", "length(response) > 1000", "--as", "large"],
        [
            "export",
            run,
            "--selection",
            "large",
            "--to",
            "parquet",
            "--out",
            tmp_path / "out.parquet",
        ],
        ["export", run, "--to", "sharegpt", "--out", tmp_path / "out.jsonl"],
        ["dedup", run, "--minhash"],
        ["split", run, "--test", "0.5", "--out", tmp_path / "parts"],
    ):
        said = magpie(*words)
        assert said.code == 0, f"{words[0]}: {said.err}"
        assert len(said.out) < 20_000
    assert (tmp_path / "out.jsonl").stat().st_size > LARGE


def test_a_response_of_thirty_megabytes_is_a_record(magpie, fake, tmp_path, monkeypatch):
    """Engines bound their samples by tokens; what they hand over is written whatever its size."""
    from magpie_core.backend import Completion
    from magpie_core.builtin.fake import FakeBackend

    whole = FakeBackend.complete

    async def complete(self, prompt, sampling, n=1):
        found = await whole(self, prompt, sampling, n)
        if self.requests % 4:
            return found
        text = found[0].text + "Many words follow. " * (LARGE // 19)
        return [Completion(token_ids=(5,), text=text, finish_reason="stop", stop_reason=1)]

    monkeypatch.setattr(FakeBackend, "complete", complete)
    run, recipe = tmp_path / "run", tmp_path / "recipe.toml"
    recipe.write_text("[filters.repetition]\nenabled = false\n[filters.answer]\nenabled = false\n")
    said = magpie("run", recipe, *fake, "-n", "3", "--in-flight", "1", "-o", run)
    assert said.code == 0, said.err
    with RunFolder.open(run, write=False) as folder:
        sizes = [len(one.response) for one in folder.records()]
    assert len(sizes) == 3
    assert max(sizes) > LARGE - 100
    assert magpie("resume", run, "-n", "4", "-q").code == 0
