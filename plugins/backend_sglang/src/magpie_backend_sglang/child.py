"""The child process that holds ``sgl.Engine``: ``python -m magpie_backend_sglang.child DESCRIPTOR``.

When a part of SGLang's engine fails, the engine kills the process that made it. So it is not made in ours:
this process may be killed, and ours sees the socket close. If ours is killed, this one ends with it.
"""

from __future__ import annotations

import asyncio
import difflib
import os
import select
import signal
import socket
import sys
import threading
from typing import Any

from magpie_backend_sglang import frames

Message = dict[str, Any]


def main() -> None:
    """Open the engine as the first message says, then answer requests until the socket closes."""
    connection = socket.socket(fileno=int(sys.argv[1]))
    first = frames.read_blocking(connection)
    threading.Thread(target=_die_with, args=(connection.fileno(),), daemon=True).start()
    try:
        engine = _open(first["arguments"])
        info = engine.get_server_info()
    except BaseException as error:
        connection.sendall(frames.pack({"failed": str(error), "kind": type(error).__name__}))
        raise
    connection.sendall(frames.pack({"ready": _plain(info)}))
    engine.loop.run_until_complete(_serve(engine, connection))
    engine.shutdown()


def _die_with(descriptor: int) -> None:
    """End this process and its children when the other side hangs up, whatever they are doing."""
    hung_up = select.poll()
    hung_up.register(descriptor, select.POLLHUP | getattr(select, "POLLRDHUP", 0))
    hung_up.poll()
    os.killpg(os.getpgid(0), signal.SIGKILL)  # we lead a group of our own


def _open(arguments: Message) -> Any:
    import sglang
    from sglang.srt.server_args import ServerArgs

    # a dataclass until it became a struct
    known = [
        *getattr(ServerArgs, "__struct_fields__", ()),
        *getattr(ServerArgs, "__dataclass_fields__", ()),
    ]
    unknown = [name for name in arguments if known and name not in known]
    if unknown:
        near = difflib.get_close_matches(unknown[0], known, n=1)
        meant = f", did you mean `{near[0]}`?" if near else ""
        raise LookupError(f"SGLang {sglang.__version__} has no option `{unknown[0]}`{meant}")
    return sglang.Engine(**arguments)


def _plain(value: Any) -> Any:
    """What MessagePack can hold of ``value``; the rest as text."""
    if isinstance(value, dict):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple | set):
        return [_plain(one) for one in value]
    if value is None or isinstance(value, bool):
        return value
    for kind in (int, float):  # a NumPy number is one of Python's, and MessagePack wants none
        if isinstance(value, kind):
            return kind(value)
    return str(value)


async def _serve(engine: Any, connection: socket.socket) -> None:
    reader, writer = await asyncio.open_connection(sock=connection)
    tasks: set[asyncio.Task[None]] = set()
    while (message := await frames.read(reader)) is not None:
        if message["do"] == "close":
            return
        if message["do"] == "abort":
            engine.tokenizer_manager.abort_request(rid=message["rid"])
            continue
        task = asyncio.ensure_future(_answer(engine, message, writer))
        tasks.add(task)
        task.add_done_callback(tasks.discard)


async def _answer(engine: Any, message: Message, writer: asyncio.StreamWriter) -> None:
    request = message["request"]
    answer: Message = {"rid": request["rid"]}
    try:
        answer["done"] = _kept(await _ask(engine, message["do"], request))
    except (ValueError, TypeError) as error:  # SGLang's words for a request it does not take
        answer["refused"] = str(error)
    except Exception as error:
        detail = getattr(error, "detail", None)  # an HTTPException, in this process too
        answer["failed"] = f"{type(error).__name__}: {detail or error}"
    writer.write(frames.pack(answer))


async def _ask(engine: Any, do: str, request: Message) -> Message:
    if do == "generate":
        found: Message = await engine.async_generate(**request)
        return found
    # Engine.encode takes text alone; what it calls takes ids, and text need not come back as the same ids
    from sglang.srt.managers.io_struct import EmbeddingReqInput

    asked = EmbeddingReqInput(input_ids=request["input_ids"], rid=request["rid"])
    scored: Message = await engine.tokenizer_manager.generate_request(asked, None).__anext__()
    return scored


def _kept(answer: Message) -> Message:
    """The part of SGLang's answer that is read on the other side."""
    if "embedding" in answer:
        return {"embedding": [float(one) for one in answer["embedding"]]}
    reason = answer["meta_info"].get("finish_reason")
    return {
        "output_ids": list(answer["output_ids"]),
        "meta_info": {"finish_reason": _plain(reason)},
    }


if __name__ == "__main__":
    main()
