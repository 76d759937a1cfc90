"""What an engine is opened with: options that pass through, and what cannot be used."""

import json
import os
import subprocess
import sys
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


def test_what_the_user_set_in_the_environment_stays(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(os, "environ", {"VLLM_LOGGING_LEVEL": "DEBUG", "OMP_NUM_THREADS": "8"})
    (tmp_path / "model.safetensors").write_bytes(b"x")
    environment.prepare({}, tmp_path)
    assert os.environ["VLLM_LOGGING_LEVEL"] == "DEBUG"
    assert os.environ["OMP_NUM_THREADS"] == "8"
    assert os.environ["VLLM_LOGGING_STREAM"] == "ext://sys.stderr"
    assert os.environ["VLLM_ENABLE_V1_MULTIPROCESSING"] == "0"


def test_several_devices_get_processes_and_large_models_their_threads(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(os, "environ", {})
    monkeypatch.setattr(environment, "TINY_BYTES", 10)
    (tmp_path / "model.safetensors").write_bytes(b"x" * 11)
    environment.prepare({"tensor_parallel_size": 2}, tmp_path)
    assert os.environ["VLLM_ENABLE_V1_MULTIPROCESSING"] == "1"
    assert "OMP_NUM_THREADS" not in os.environ


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
        ({"options": {"quantization": "abacus"}}, "quantization", None),
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


def write_lora(folder: Path, checkpoint: str, rank: int) -> None:
    """A LoRA that turns every attention output's sign and size about."""
    import torch
    from safetensors.torch import save_file

    config = json.loads((Path(checkpoint) / "config.json").read_text())
    width = config["hidden_size"]
    heads = config["num_attention_heads"] * config["head_dim"]
    random = torch.Generator().manual_seed(1)
    tensors = {}
    for layer in range(config["num_hidden_layers"]):
        name = f"base_model.model.model.layers.{layer}.self_attn.o_proj"
        tensors[f"{name}.lora_A.weight"] = torch.randn(rank, heads, generator=random)
        tensors[f"{name}.lora_B.weight"] = torch.randn(width, rank, generator=random) / 10
    save_file(tensors, folder / "adapter_model.safetensors")
    facts = {"peft_type": "LORA", "r": rank, "lora_alpha": rank, "target_modules": ["o_proj"]}
    (folder / "adapter_config.json").write_text(json.dumps(facts))


@pytest.mark.engine
async def test_a_lora_changes_what_is_sampled(
    opened: Any, backend: Any, checkpoint: str, question: list[int], tmp_path: Path
) -> None:
    write_lora(tmp_path, checkpoint, rank=20)
    engine = await opened(max_batch=2, options={"lora": str(tmp_path)})
    config = engine._worker._opened.result()._engine.vllm_config
    assert config.lora_config.max_lora_rank == 32
    [plain] = await backend.complete(question, GREEDY)
    [tuned] = await engine.complete(question, GREEDY)
    assert plain.token_ids != tuned.token_ids
    assert [tuned] == await engine.complete(question, GREEDY)


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
