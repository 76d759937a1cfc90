"""What an engine is opened with: options that pass through, and what cannot be used."""

import asyncio
import re
import subprocess
import sys
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from magpie_backend_vllm import VllmBackend, environment
from magpie_core import (
    BackendError,
    CheckpointError,
    EngineSettings,
    MagpieError,
    MissingEngineError,
    Sampling,
    UsageError,
)
from magpie_core.testing.lora import write_lora

GREEDY = Sampling(max_tokens=12, temperature=0.0)


def test_importing_the_plugin_loads_no_engine() -> None:
    code = (
        "import sys, magpie_backend_vllm\n"
        "assert magpie_backend_vllm.magpie_register_backends()\n"
        "found = {'torch', 'transformers', 'vllm'} & set(sys.modules)\n"
        "assert not found, found"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


async def test_a_missing_engine_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(MissingEngineError) as caught:
        await VllmBackend.open(EngineSettings(checkpoint="anything"))
    assert "pip install 'magpie-backend-vllm[engine]'" in str(caught.value.hint)


def test_a_token_is_never_stored() -> None:
    with pytest.raises(UsageError) as caught:
        VllmBackend.check_options({"hf_token": "hf_secret"})
    assert "hf_secret" not in f"{caught.value.message} {caught.value.hint}"
    VllmBackend.check_options({"hf_token": True, "seed": 3})


def weights(folder: Path, size: int) -> Path:
    (folder / "model.safetensors").write_bytes(b"x" * size)
    return folder


def test_what_the_user_set_in_the_environment_stays(
    bare_environment: dict[str, str], tmp_path: Path
) -> None:
    theirs = {"VLLM_LOGGING_LEVEL": "DEBUG", "OMP_NUM_THREADS": "8", environment.PROCESSES: "1"}
    bare_environment |= theirs
    for _ in range(2):
        assert environment.prepare({}, weights(tmp_path, 1)), "a process of its own was asked for"
        assert bare_environment.items() >= theirs.items()
    with environment.starting(True) as log:
        assert log is None, "who chose a level wants to see the log"


@pytest.mark.parametrize(
    ("size", "options", "apart"),
    [(1, {}, False), (1, {"tensor_parallel_size": 2}, True), (11, {}, True)],
)
def test_only_a_tiny_model_on_one_device_runs_in_our_process(
    bare_environment: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    size: int,
    options: dict[str, int],
    apart: bool,
) -> None:
    monkeypatch.setattr(environment, "TINY_BYTES", 10)
    assert environment.prepare(options, weights(tmp_path, size)) is apart
    assert bare_environment["VLLM_ENABLE_V1_MULTIPROCESSING"] == str(int(apart))


def test_where_the_engines_processes_write_is_nobody_elses_business(
    bare_environment: dict[str, str], tmp_path: Path
) -> None:
    environment.prepare({}, None)
    before = dict(bare_environment)
    with environment.starting(True) as log:
        assert log is not None
        assert bare_environment != before
    log.unlink()
    assert bare_environment == before
    with environment.starting(False) as log:
        assert (log, bare_environment) == (None, before)


def test_each_engine_is_prepared_for_by_itself(
    bare_environment: dict[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A large model that follows a tiny one gets its process and all its threads, and the other way round."""
    monkeypatch.setattr(environment, "TINY_BYTES", 10)
    for size, apart in ((1, False), (11, True), (1, False)):
        assert environment.prepare({}, weights(tmp_path, size)) is apart
        assert ("OMP_NUM_THREADS" in bare_environment) is not apart
    assert environment.prepare({}, None), "nobody knows how large a model on the hub is"


@pytest.fixture
def refused(checkpoint: str) -> Any:
    """Opens an engine that must not open, and returns what was said."""
    pytest.importorskip("vllm", reason="vLLM is not installed here")

    async def open_it(**settings: Any) -> MagpieError:
        with pytest.raises(MagpieError) as caught:
            await VllmBackend.open(EngineSettings(**{"checkpoint": checkpoint} | settings))
        assert "\n" not in caught.value.message
        return caught.value

    return open_it


@pytest.mark.engine
@pytest.mark.parametrize(
    ("settings", "words", "hint"),
    [
        ({"options": {"gpu_memory_utilisation": 0.5}}, "utilisation`", "`gpu_memory_utilization`"),
        ({"options": {"loar": "x"}}, "`loar`", "`lora`"),
        ({"options": {"qqqq": 1}}, "`qqqq`", "EngineArgs"),
        ({"options": {"trust_remote_code": True}}, "not for the engine", "--trust-remote-code"),
        ({"options": {"model": "x"}}, "not for the engine", "--checkpoint"),
        ({"options": {"data_parallel_size": 2}}, "data_parallel_size", "--backend openai"),
        ({"options": {"lora": "no/such/folder"}}, "no adapter_config.json", "PEFT"),
        ({"options": {"lora": 3}}, "`3`", None),
        ({"options": {"tensor_parallel_size": "two"}}, "tensor_parallel_size", None),
        ({"options": {"quantization": "abacus"}}, "quantization `abacus`", "leave the option out"),
        ({"options": {"quantization": "fp8_per_channel"}}, "float32", "--dtype bfloat16"),
        ({"options": {"quantization": "awq"}}, "quantization `awq`", "leave the option out"),
        ({"dtype": "float7"}, "unknown dtype", None),
        ({"device": "abacus"}, "no device `abacus`", "cuda:1"),
    ],
    ids=str,
)
async def test_unusable_settings_are_explained(
    settings: dict[str, Any], words: str, hint: str | None, refused: Any
) -> None:
    error = await refused(**settings)
    assert isinstance(error, BackendError)
    assert words in error.message
    assert hint is None or hint in str(error.hint)


@pytest.mark.engine
async def test_a_device_that_is_not_there_is_named(refused: Any) -> None:
    torch = pytest.importorskip("torch")
    absent = "cpu" if torch.cuda.is_available() else "cuda"
    assert f"`{absent}` was asked for" in (await refused(device=absent)).message


@pytest.mark.engine
async def test_broken_checkpoints_are_explained(
    refused: Any, checkpoint: str, tmp_path: Path
) -> None:
    assert isinstance(await refused(checkpoint=str(tmp_path / "missing")), CheckpointError)
    for file in Path(checkpoint).iterdir():
        data = file.read_bytes()
        (tmp_path / file.name).write_bytes(data[:1000] if file.suffix == ".safetensors" else data)
    damaged = await refused(checkpoint=str(tmp_path))
    (tmp_path / "model.safetensors").unlink()
    missing = await refused(checkpoint=str(tmp_path))
    for error in (damaged, missing):
        assert str(tmp_path) in error.message
        assert "complete" in str(error.hint)


@pytest.mark.engine
@pytest.mark.parametrize("damage", ["weights", "memory"])
async def test_what_an_engines_process_says_is_told_and_not_shown(
    refused: Any,
    checkpoint: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    damage: str,
) -> None:
    monkeypatch.setattr(environment, "_OURS", dict(environment._OURS))
    monkeypatch.setenv(environment.PROCESSES, "1")
    environment._OURS.pop(environment.PROCESSES, None)
    options: dict[str, Any] = {"kv_cache_memory_bytes": 2**27}
    if damage == "weights":
        for file in Path(checkpoint).iterdir():
            data = file.read_bytes()
            # the table of contents is whole: ours reads that, the engine's process the rest
            cut = len(data) // 2 if file.suffix == ".safetensors" else len(data)
            (tmp_path / file.name).write_bytes(data[:cut])
        checkpoint = str(tmp_path)
    else:
        options["kv_cache_memory_bytes"] = 1000
    error = await refused(checkpoint=checkpoint, options=options)
    words = {"weights": "Safetensor", "memory": "too little memory"}[damage]
    assert words in error.message
    found = re.search(r"its log: less (\S+)", str(error.hint))
    assert found, error.hint
    log = Path(found[1])
    assert "Traceback" in log.read_text()
    log.unlink()
    assert "Traceback" not in "".join(capfd.readouterr())


@pytest.mark.engine
async def test_a_generating_checkpoint_is_no_judge(refused: Any) -> None:
    error = await refused(task="score")
    assert isinstance(error, CheckpointError)
    assert "no head that scores" in error.message


@pytest.mark.engine
async def test_settings_and_options_reach_the_engine(opened: Any, checkpoint: str) -> None:
    engine = await opened(
        device="cpu",
        dtype="bfloat16",
        max_batch=3,
        max_context=100,
        options={
            "block_size": 32,
            "enable_prefix_caching": False,
            "structured_outputs_config": {"backend": "xgrammar"},
        },
    )
    config = engine._worker._opened.result()._engine.vllm_config
    assert (engine.capacity, engine.max_context) == (3, 100)
    assert config.cache_config.block_size == 32
    assert config.cache_config.enable_prefix_caching is False
    assert config.structured_outputs_config.backend == "xgrammar"
    assert config.structured_outputs_config.disable_any_whitespace
    assert config.model_config.trust_remote_code is False
    versions = engine.versions()
    assert (versions["device"], versions["dtype"]) == ("cpu", "bfloat16")
    assert set(versions) == {"vllm", "torch", "device", "dtype"}
    found = await engine.complete([3] * 90, Sampling(max_tokens=50))
    assert len(found[0].token_ids) == 10


@pytest.mark.engine
async def test_a_context_longer_than_the_checkpoints_is_the_checkpoints(
    opened: Any, checkpoint: str
) -> None:
    engine = await opened(max_batch=2, max_context=10**6)
    assert engine.max_context == 1024


@pytest.mark.engine
async def test_weights_are_quantised_as_they_are_read(opened: Any, question: list[int]) -> None:
    torch = pytest.importorskip("torch")
    engine = await opened(
        max_batch=2, dtype="bfloat16", options={"quantization": "fp8_per_channel"}
    )
    kinds = {one.dtype for one in model_of(engine).parameters() if one.dim() == 2}
    assert torch.float8_e4m3fn in kinds
    plain = await opened(max_batch=2, dtype="bfloat16")
    found = [await one.complete(question, GREEDY, 1) for one in (engine, plain)]
    assert all(0 < len(one.token_ids) <= 12 for [one] in found)
    assert torch.float8_e4m3fn not in {one.dtype for one in model_of(plain).parameters()}


@pytest.mark.engine
async def test_engines_that_are_opened_at_once_are_opened_one_after_the_other(
    opened: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_once, most = 0, 0
    prepare = environment.prepare

    def counting(*arguments: Any) -> bool:
        nonlocal at_once, most
        at_once += 1
        most = max(most, at_once)
        return prepare(*arguments)

    @contextmanager
    def uncounting(apart: bool) -> Iterator[None]:
        nonlocal at_once
        yield
        at_once -= 1

    monkeypatch.setattr(environment, "prepare", counting)
    monkeypatch.setattr(environment, "starting", uncounting)
    first, second = await asyncio.gather(opened(max_batch=2), opened(max_batch=2))
    assert most == 1
    assert await first.complete([3], GREEDY) == await second.complete([3], GREEDY)


@pytest.mark.engine
async def test_an_engine_that_is_closed_beside_another_leaves_its_memory(
    backend: Any, checkpoint: str
) -> None:
    """vLLM freezes what there is when an engine opens: what is dropped later was never collected."""
    engine = await VllmBackend.open(EngineSettings(checkpoint=checkpoint, max_batch=2))
    core = engine._worker._opened.result()._engine.engine_core.engine_core
    gone = weakref.ref(core)
    del core
    await engine.close()
    assert gone() is None
    assert await backend.complete([3], GREEDY), "the other one goes on"


def model_of(engine: Any) -> Any:
    """The module inside an engine in this process."""
    core = engine._worker._opened.result()._engine.engine_core.engine_core
    worker = core.model_executor.driver_worker
    return worker.get_model()


@pytest.mark.engine
@pytest.mark.parametrize("size", [0.1, 0.0], ids=["a random LoRA", "one of nothing"])
async def test_a_lora_changes_what_is_sampled_and_a_zero_one_does_not(
    opened: Any, backend: Any, checkpoint: str, question: list[int], tmp_path: Path, size: float
) -> None:
    lora = write_lora(tmp_path, checkpoint, rank=20, size=size)
    engine = await opened(max_batch=2, options={"lora": lora})
    config = engine._worker._opened.result()._engine.vllm_config
    assert config.lora_config.max_lora_rank == 32
    for sampling in (GREEDY, Sampling(max_tokens=12, seed=4)):
        plain = await backend.complete(question, sampling)
        tuned = await engine.complete(question, sampling)
        assert (plain != tuned) is bool(size)
        assert tuned == await engine.complete(question, sampling)


@pytest.mark.engine
@pytest.mark.parametrize(
    "damage", ["no weights", "cut weights", "another width", "no fitting layer"]
)
async def test_a_lora_that_cannot_be_used_is_refused_before_the_first_request(
    refused: Any, backend: Any, checkpoint: str, tmp_path: Path, damage: str
) -> None:
    lora = write_lora(tmp_path, checkpoint, rank=8)
    weights = tmp_path / "adapter_model.safetensors"
    if damage == "no weights":
        weights.unlink()
    elif damage == "cut weights":
        weights.write_bytes(weights.read_bytes()[:5000])
    else:
        from safetensors.torch import load_file, save_file

        tensors = load_file(weights)
        if damage == "another width":
            tensors = {name: one.repeat(2, 2).contiguous() for name, one in tensors.items()}
        else:
            tensors = {name.replace("o_proj", "z_proj"): one for name, one in tensors.items()}
        save_file(tensors, weights)
    error = await refused(options={"lora": lora, "kv_cache_memory_bytes": 2**27})
    assert isinstance(error, BackendError)
    assert error.message.startswith(f"option `lora`: vLLM cannot use `{lora}`: ")
    assert error.hint
    assert await backend.complete([3], GREEDY), "it took another engine down"


@pytest.mark.engine
def test_opening_and_sampling_print_nothing_on_standard_output(checkpoint: str) -> None:
    pytest.importorskip("vllm", reason="vLLM is not installed here")
    code = (
        "import asyncio, sys\n"
        "from magpie_backend_vllm import VllmBackend\n"
        "from magpie_core import EngineSettings, Sampling\n"
        "async def main():\n"
        "    engine = await VllmBackend.open(EngineSettings(checkpoint=sys.argv[1], max_batch=4))\n"
        "    await engine.complete([3], Sampling(max_tokens=4))\n"
        "    asyncio.ensure_future(engine.complete([3], Sampling(max_tokens=1000)))\n"
        "    await asyncio.sleep(0.05)\n"
        "asyncio.run(main())\n"  # leaves without closing, and must end all the same
    )
    done = subprocess.run(
        [sys.executable, "-c", code, checkpoint], capture_output=True, text=True, timeout=120
    )
    assert (done.returncode, done.stdout) == (0, "")
    assert "Traceback" not in done.stderr
    assert len(done.stderr.splitlines()) <= 2, done.stderr  # torch's own words on triton and NUMA
