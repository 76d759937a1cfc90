"""Engines that run out of memory, lose their GPU, or hang; and memory of our own that is refused.

What each backend makes of its engine's death is in its own tests: ``plugins/backend_transformers/tests/
test_engine_life.py`` (out of memory, CUDA errors, hanging), ``plugins/backend_vllm/tests/test_processes.py``,
``plugins/backend_sglang/tests/test_engine.py``, ``plugins/backend_openai/tests/test_retries.py``.
"""

from __future__ import annotations

import json

import pytest

from magpie_core.builtin.fake import FakeBackend
from magpie_core.errors import BackendError
from magpie_core.run.events import read_events
from magpie_core.run.folder import RunFolder
from magpie_core.steps.outcomes import IN_A_ROW
from magpie_core.testing.processes import start_magpie

CUDA = "CUDA error: device-side assert triggered"


def broken_after(monkeypatch, requests: int, error: type[Exception], words: str) -> None:
    """From then on every request fails, as with a GPU whose context is lost."""
    whole = FakeBackend.complete

    async def complete(self, prompt, sampling, n=1):
        if self.requests >= requests:
            raise error(words)
        return await whole(self, prompt, sampling, n)

    monkeypatch.setattr(FakeBackend, "complete", complete)


@pytest.mark.parametrize(
    ("error", "answered"),
    [(RuntimeError, 700), (RuntimeError, 0), (BackendError, 0), (MemoryError, 0)],
)
def test_a_lost_gpu_ends_the_run_soon_whatever_went_well_before(
    magpie, fake, tmp_path, monkeypatch, error, answered
):
    run = tmp_path / "run"
    broken_after(monkeypatch, answered, error, CUDA)
    said = magpie("run", *fake, "-n", "600", "-o", run, "--in-flight", "16")
    assert said.code == 6, said.err
    assert CUDA in said.err
    assert f"magpie resume {run}" in said.err
    assert "Traceback" not in said.err
    with RunFolder.open(run, write=False) as folder:
        settled = folder.settled()
        assert len(settled.failed) <= IN_A_ROW + 64  # those in flight fail as well
        assert len(settled.accepted) >= 0.4 * answered
    assert list(read_events(run))[-1]["how"] == "EngineDeadError"
    monkeypatch.undo()
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert magpie("resume", run, "-q").code == 0
    with RunFolder.open(run, write=False) as folder:
        assert len(folder.settled().failed) == 0, "what failed was made again"


def test_failures_among_answers_end_nothing(magpie, fake, tmp_path):
    """Else one bad row in ten would end a run."""
    run = tmp_path / "run"
    said = magpie("run", *fake, "-n", "400", "-o", run, "--engine-option", "fail_every=4")
    assert said.code == 0, said.err


def test_a_tagger_whose_engine_is_lost_ends_the_call_soon(magpie, fake, tmp_path, monkeypatch):
    run = tmp_path / "run"
    assert magpie("run", *fake, "-n", "600", "-o", run, "-q").code == 0
    recipe = tmp_path / "recipe.toml"
    recipe.write_text(
        '[taggers.clarity]\nprompt = "How clear is this? {instruction}"\ncolumns = { clarity = ["a", "b"] }\n'
    )
    answers = "texts=" + json.dumps(['{"clarity": "a"}'])
    tag = ["tag", run, "clarity", "--recipe", recipe, *fake[:4], "--engine-option", answers]
    with monkeypatch.context() as broken:
        broken_after(broken, 400, RuntimeError, CUDA)
        said = magpie(*tag)
    assert said.code == 6, said.err
    assert CUDA in said.err
    tagged = (run / "tags" / "clarity" / "part-00000.jsonl").read_bytes().count(b"\n")
    assert 300 <= tagged <= 400
    assert magpie(*tag).code == 0
    assert (run / "tags" / "clarity" / "part-00000.jsonl").read_bytes().count(b"\n") == 600


HANGS = """
from magpie_backend_transformers.backend import TransformersBackend as engine
import time
engine.CLOSE_SECONDS = 0.5
opened = engine.open.__func__
async def open(cls, settings):
    found = await opened(cls, settings)
    model, passes = found._worker._schedule.decoder.model, 0
    whole = model.forward
    def forward(*args, **more):
        global passes
        passes = globals().get("passes", 0) + 1
        if passes > 120:
            time.sleep(1e6)
        return whole(*args, **more)
    model.forward = forward
    return found
engine.open = classmethod(open)
"""


@pytest.mark.engine
def test_a_real_engine_that_hangs_in_the_middle_of_a_run(checkpoint, tmp_path):
    """The watchdog speaks after its time, and the thread that hangs does not keep the process."""
    pytest.importorskip("magpie_backend_transformers")
    run = tmp_path / "run"
    process = start_magpie(
        *("run", "--checkpoint", checkpoint, "--pilot", "0", "-n", "500", "-o", run),
        *("--engine-timeout", "0.1", "-q"),
        first=HANGS,
    )
    _, said = process.communicate(timeout=300)
    assert process.returncode == 6, said
    assert "no engine has answered for 0.1 minutes" in said
    assert f"magpie resume {run}" in said
    assert "Traceback" not in said
