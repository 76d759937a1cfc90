"""vLLM's engine behind the worker's interface: the one place that steps it. Imports vLLM."""

from __future__ import annotations

import gc
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
import vllm
from vllm.engine.arg_utils import EngineArgs
from vllm.lora.request import LoRARequest
from vllm.v1.engine.llm_engine import LLMEngine

from magpie_backend_vllm.arguments import engine_arguments, lora_folder
from magpie_backend_vllm.refused import (
    BAD_REQUEST,
    VllmDeadError,
    explain_lora,
    explain_opening,
    first_line,
)
from magpie_backend_vllm.request import Answer, Request
from magpie_core.backend import EngineSettings
from magpie_core.checkpoint import Checkpoint
from magpie_core.errors import BackendError, CheckpointError, MagpieError, RequestError

SCORING = ("classify", "token_classify")
"""vLLM's tasks that give a head's outputs: of the whole text, or of each token, where the last one counts."""


@dataclass
class InThisProcess:
    """How many engines are open in this process."""

    open: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)


IN_THIS_PROCESS = InThisProcess()


class VllmEngine:
    """One engine: in this process, or in processes of its own.

    Args:
        settings: as the core gives them.
        checkpoint: the opened tokenizer and configuration.
        apart: whether it gets processes of its own.
        log: what they write to.

    Raises:
        BackendError: settings or options that vLLM refuses, or too little memory.
        CheckpointError: the checkpoint cannot be loaded, or does not do what was asked for.
    """

    def __init__(
        self, settings: EngineSettings, checkpoint: Checkpoint, apart: bool, log: Path | None
    ) -> None:
        arguments = engine_arguments(settings, checkpoint)
        lora = settings.options.get("lora")
        self._lora = LoRARequest("lora", 1, str(lora_folder(lora))) if lora is not None else None
        try:
            # said twice, since after an engine in this process vLLM reads its variables no more
            self._engine: Any = LLMEngine.from_engine_args(
                EngineArgs(**arguments), enable_multiprocessing=apart
            )
            self.tasks = tuple(self._engine.get_supported_tasks())
            if hasattr(self._engine.engine_core, "engine_core"):
                with IN_THIS_PROCESS.lock:
                    IN_THIS_PROCESS.open += 1
        except Exception as error:
            raise explain_opening(settings, error, log) from error
        self._load_lora()
        config = self._engine.vllm_config
        self.vocabulary = int(config.model_config.get_vocab_size())
        self.context = int(config.model_config.max_model_len)
        self.capacity = int(config.scheduler_config.max_num_seqs)
        self.edits_tokens = bool(arguments.get("logits_processors"))
        self.scoring_task = next((one for one in SCORING if one in self.tasks), None)
        if settings.task == "score" and self.scoring_task is None:
            self.close()
            raise CheckpointError(
                f"`{settings.checkpoint}` has no head that scores "
                f"(vLLM offers: {', '.join(self.tasks) or 'nothing'})",
                hint="name a reward or sequence-classification checkpoint",
            )
        self.versions = {
            "vllm": str(vllm.__version__),
            "torch": str(torch.__version__),
            "device": _device_name(config),
            "dtype": str(config.model_config.dtype).removeprefix("torch."),
        }

    def _load_lora(self) -> None:
        """Load it now: in a step, as vLLM would, one that cannot be used ends the engine."""
        if self._lora is None:
            return
        try:
            self._engine.add_lora(self._lora)
        except Exception as error:
            self.close()
            raise explain_lora(self._lora.lora_path, error) from error

    def add(self, request: Request) -> None:
        """Take a request up, or raise a RequestError."""
        try:
            self._engine.add_request(
                request.id,
                {"prompt_token_ids": list(request.prompt)},
                request.parameters,
                lora_request=self._lora,
            )
        except VllmDeadError:
            raise
        except BAD_REQUEST as error:
            raise RequestError(f"vLLM refuses the request: {first_line(error)}") from error

    def step(self) -> list[tuple[str, Answer | MagpieError]]:
        """One scheduling step; what ended."""
        return [
            (output.request_id, _answer(output))
            for output in self._engine.step()
            if output.finished
        ]

    def abort(self, ids: list[str]) -> None:
        """Forget these requests."""
        self._engine.abort_request(ids)

    def running(self) -> int | None:
        """How many are in the batch; an engine in another process does not tell."""
        core = getattr(self._engine.engine_core, "engine_core", None)
        scheduler = getattr(core, "scheduler", None)
        counts = getattr(scheduler, "get_request_counts", None)
        return int(counts()[0]) if counts is not None else None

    def close(self) -> None:
        """End the engine's processes, or free its memory in this one."""
        engine, self._engine = self._engine, None
        if engine is None:
            return
        client = engine.engine_core
        if not hasattr(client, "engine_core"):
            client.shutdown()
            return
        with IN_THIS_PROCESS.lock:
            IN_THIS_PROCESS.open -= 1
            if IN_THIS_PROCESS.open == 0:
                client.shutdown()
                return
        # vLLM's shutdown takes down what all engines of a process share, also when it is collected
        finalizer = getattr(client, "_finalizer", None)
        if finalizer is not None:
            finalizer.detach()
        del engine, client
        # vLLM freezes what there is when it opens an engine, this one with it: two GiB, never collected
        gc.unfreeze()
        gc.collect()


def _answer(output: Any) -> Answer | MagpieError:
    if not hasattr(output.outputs, "__iter__"):
        data = output.outputs.data
        row = data[-1] if data.dim() > 1 else data
        return Answer(scores=tuple(float(one) for one in row.reshape(-1).tolist()))
    [sample] = output.outputs
    if sample.finish_reason == "abort":  # what we abort ourselves comes back no more
        raise BackendError("it gave up all requests, as it does before it ends")
    if sample.finish_reason not in ("stop", "length"):
        return BackendError(f"vLLM ended a sample with `{sample.finish_reason}`")
    return Answer(
        token_ids=tuple(sample.token_ids),
        finish_reason=sample.finish_reason,
        stop_reason=sample.stop_reason,
        text=sample.text,
    )


def _device_name(config: Any) -> str:
    parallel = config.parallel_config
    kind = str(config.device_config.device_type)
    name = torch.cuda.get_device_name() if kind == "cuda" and torch.cuda.is_initialized() else kind
    devices = parallel.tensor_parallel_size * parallel.pipeline_parallel_size
    return name if devices == 1 else f"{devices} x {name}"
