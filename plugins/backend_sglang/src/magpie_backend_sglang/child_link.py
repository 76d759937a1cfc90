"""Our side of the child process: starts it, sends requests, notices its end and says why."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import socket
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

from magpie_backend_sglang import frames
from magpie_backend_sglang.facts import read_facts
from magpie_backend_sglang.link import Link, LinkDownError
from magpie_core import BackendError, CheckpointError, MissingEngineError, RequestError

PATIENCE = 60.0
"""Seconds that an engine has to end by itself."""
ERROR = re.compile(r"^\s*(?:\[.*\] )?([\w.]*(?:Error|Exception|Interrupt|Exit)\b.*)$", re.MULTILINE)
CRASHED = re.compile(r"Subprocess (\S+) .*(crashed with exit code -?\d+)")


class ChildLink(Link):
    """An engine in a child process."""

    def __init__(
        self, process: asyncio.subprocess.Process, log: Path, writer: asyncio.StreamWriter
    ) -> None:
        self._process = process
        self._log = log
        self._writer = writer
        self._waiting: dict[str, asyncio.Future[dict[str, Any]]] = {}
        self._down: LinkDownError | None = None
        self._closing = False
        self._reading: asyncio.Task[None] | None = None

    @classmethod
    async def open(cls, arguments: dict[str, Any]) -> Self:
        """Start a child process with an engine and wait until it is ready.

        Args:
            arguments: of ``sgl.Engine``.

        Raises:
            MissingEngineError: SGLang is installed and cannot be imported.
            CheckpointError: the checkpoint cannot be loaded.
            BackendError: the engine did not start, with its last error.
        """
        ours, theirs = socket.socketpair()
        descriptor, name = tempfile.mkstemp(prefix="magpie-sglang-", suffix=".log")
        try:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "magpie_backend_sglang.child", str(theirs.fileno())),
                pass_fds=(theirs.fileno(),),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=descriptor,
                stderr=descriptor,
                start_new_session=True,  # Ctrl-C is ours, and its whole group can be ended
            )
        finally:
            theirs.close()
            os.close(descriptor)
        reader, writer = await asyncio.open_connection(sock=ours)
        link = cls(process, Path(name), writer)
        try:
            writer.write(frames.pack({"arguments": arguments}))
            said = await frames.read(reader)
            if said is None or "ready" not in said:
                raise await link._failure(said or {}, arguments)
            link.facts = read_facts(said["ready"], "the engine")
            link._reading = asyncio.create_task(link._read(reader))
        except BaseException:
            link._kill()
            writer.close()
            await process.wait()
            raise
        return link

    async def generate(self, request: dict[str, Any]) -> dict[str, Any]:
        """SGLang's answer to ``request``."""
        return await self._ask("generate", request)

    async def score(self, request: dict[str, Any]) -> dict[str, Any]:
        """The same for a score."""
        return await self._ask("score", request)

    async def _ask(self, do: str, request: dict[str, Any]) -> dict[str, Any]:
        if self._down is not None:
            raise LinkDownError(self._down.message, hint=self._down.hint)
        rid = request["rid"]
        self._waiting[rid] = future = asyncio.get_running_loop().create_future()
        self.pending += 1
        self._writer.write(frames.pack({"do": do, "request": request}))
        try:
            answer = await asyncio.shield(future)
        except asyncio.CancelledError:
            if not future.done():  # it is pending until the child says that it is gone
                future.add_done_callback(lambda done: done.exception())
                self._writer.write(frames.pack({"do": "abort", "rid": rid}))
            raise
        if "done" in answer:
            done: dict[str, Any] = answer["done"]
            return done
        if "refused" in answer:
            raise RequestError(f"SGLang refused the request: {answer['refused'].strip()}")
        raise BackendError(f"SGLang failed: {answer['failed']}")

    async def _read(self, reader: asyncio.StreamReader) -> None:
        """Hand answers out until the child is gone."""
        while (message := await frames.read(reader)) is not None:
            self.pending -= 1
            future = self._waiting.pop(message["rid"])
            if not future.done():
                future.set_result(message)
        code = await self._process.wait()
        reason = "it was closed" if self._closing else _reason(self._log, code)
        self._down = LinkDownError(f"the SGLang engine ended: {reason}", hint=self._hint())
        self.pending = 0
        for future in self._waiting.values():
            if not future.done():
                error = LinkDownError(self._down.message, hint=self._down.hint, suspect=True)
                future.set_exception(error)
        self._waiting.clear()

    async def _failure(self, said: dict[str, Any], arguments: dict[str, Any]) -> Exception:
        """Why the engine did not start."""
        kind, message = said.get("kind", ""), said.get("failed", "")
        if kind == "LookupError":
            return BackendError(message, hint="see: python -m sglang.launch_server --help")
        if kind in ("ImportError", "ModuleNotFoundError"):
            return MissingEngineError(
                f"SGLang is installed, but cannot be imported: {message}", hint=self._hint()
            )
        code = None if said else await self._process.wait()
        # SGLang's own exception often only says that there was another one before, in the log
        reason = _reason(self._log, code)
        if not reason or (message and "see the error" not in message and not code):
            reason = f"{kind}: {message}" if message else reason
        if arguments.get("enable_lora") and "pin_memory" in reason:
            return BackendError(
                "SGLang reads a LoRA only where there is a GPU (0.5.21 pins its weights in memory)",
                hint="--backend vllm takes a LoRA on a CPU; or give the merged checkpoint",
            )
        if "OSError" in reason or "safetensors" in reason.lower():
            model = arguments.get("model_path")
            return CheckpointError(f"SGLang cannot load `{model}`: {reason}", hint=self._hint())
        return BackendError(f"the SGLang engine did not start: {reason}", hint=self._hint())

    def _hint(self) -> str | None:
        return None if self._closing else f"its log: less {self._log}"

    async def close(self) -> None:
        """Let the engine end by itself, then make sure that nothing of it is left."""
        self._closing = True
        if self._process.returncode is None:
            with suppress(ConnectionError):
                self._writer.write(frames.pack({"do": "close"}))
            with suppress(TimeoutError):
                await asyncio.wait_for(self._process.wait(), PATIENCE)
        self._kill()
        await self._process.wait()
        if self._reading is not None:
            await self._reading
        self._writer.close()
        if self._process.returncode == 0:
            self._log.unlink(missing_ok=True)

    def _kill(self) -> None:
        """End every process of the child's group."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)


def _reason(log: Path, code: int | None) -> str:
    """The last error in ``log``, else how the process ended."""
    try:
        text = log.read_text(encoding="utf-8", errors="replace")
    except OSError:
        text = ""
    # that of a part comes before that of the whole, which says that a part failed
    if found := [one for one in ERROR.findall(text) if "see the error messages above" not in one]:
        return str(found[-1]).strip()
    if part := CRASHED.search(text):  # without a word: out of memory, or killed by hand
        return f"its {part[1]} {part[2]}"
    if code is None:
        return ""
    if code < 0:
        return f"killed by {signal.Signals(-code).name}"
    return f"exit code {code}"
