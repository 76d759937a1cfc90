"""Messages between us and the child process: a length of four bytes, then MessagePack."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import msgspec

LENGTH = 4


def pack(message: dict[str, Any]) -> bytes:
    """``message`` as it goes over the socket."""
    body = msgspec.msgpack.encode(message)
    return len(body).to_bytes(LENGTH, "big") + body


async def read(reader: asyncio.StreamReader) -> dict[str, Any] | None:
    """The next message; None when the other side is gone."""
    try:
        size = int.from_bytes(await reader.readexactly(LENGTH), "big")
        message: dict[str, Any] = msgspec.msgpack.decode(await reader.readexactly(size))
    except (asyncio.IncompleteReadError, ConnectionError):
        return None
    return message


def read_blocking(connection: socket.socket) -> dict[str, Any]:
    """The next message, before there is an event loop.

    Raises:
        EOFError: the other side is gone.
    """
    size = int.from_bytes(_exactly(connection, LENGTH), "big")
    message: dict[str, Any] = msgspec.msgpack.decode(_exactly(connection, size))
    return message


def _exactly(connection: socket.socket, size: int) -> bytes:
    found = bytearray()
    while len(found) < size:
        if not (part := connection.recv(size - len(found))):
            raise EOFError
        found += part
    return bytes(found)
