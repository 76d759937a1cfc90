"""The numbers of a run over HTTP, as Prometheus reads them. On this machine only unless told otherwise."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from magpie_core.errors import MissingEngineError, UsageError

LOOPBACK = "127.0.0.1"
METRICS = {
    "wanted": ("gauge", "Records wanted"),
    "accepted": ("gauge", "Records on disk, those of earlier sessions included"),
    "rejected": ("gauge", "Indexes turned down, in earlier sessions too"),
    "failed": ("gauge", "Indexes given up on in this session"),
    "in_flight": ("gauge", "Records in the making"),
    "running": ("gauge", "Requests the engines work on"),
    "waiting": ("gauge", "Requests that wait in the engines"),
    "instructions": ("counter", "Instructions sampled in this session"),
    "sampled_tokens": ("counter", "Tokens sampled in this session"),
    "prompt_tokens": ("counter", "Tokens of prompts in this session"),
    "busy_seconds": ("counter", "Seconds that engines spent inside their models"),
}


@contextmanager
def serve_metrics(address: str, read: Callable[[], Mapping[str, Any]]) -> Iterator[str]:
    """Serve what ``read`` gives at ``/metrics`` while the block lasts.

    Args:
        address: ``PORT``, or ``HOST:PORT`` to listen to others; port 0 for any that is free.
        read: numbers by name, asked at each request; those without a name in ``METRICS`` are left out.

    Yields:
        The address it listens on, ``HOST:PORT``.

    Raises:
        UsageError: no port, or one that cannot be had.
        MissingEngineError: prometheus-client is not installed.
    """
    host, port = _parsed(address)
    try:
        from prometheus_client import CollectorRegistry, start_http_server
        from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
        from prometheus_client.registry import Collector
    except ImportError as error:
        raise MissingEngineError(
            "--metrics needs prometheus-client, which is not installed",
            hint="pip install 'magpie-core[metrics]'",
        ) from error

    class Numbers(Collector):
        """Asks for the numbers when it is asked."""

        def collect(self) -> Iterator[CounterMetricFamily | GaugeMetricFamily]:
            numbers = read()
            for name, (kind, what) in METRICS.items():
                if name in numbers:
                    family = CounterMetricFamily if kind == "counter" else GaugeMetricFamily
                    yield family(f"magpie_{name}", what, value=float(numbers[name]))

    registry = CollectorRegistry()
    registry.register(Numbers())
    try:
        server, thread = start_http_server(port, addr=host, registry=registry)
    except OSError as error:
        raise UsageError(
            f"--metrics `{address}` cannot be listened on: {error.strerror or error}",
            hint="--metrics 0 takes a free port",
        ) from error
    try:
        shown = f"[{host}]" if ":" in host else host
        yield f"{shown}:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _parsed(address: str) -> tuple[str, int]:
    host, _, port = address.rpartition(":")
    if not port.isascii() or not port.isdigit() or int(port) > 65535:
        raise UsageError(
            f"--metrics `{address}` is no port", hint="--metrics 9100, or --metrics 0.0.0.0:9100"
        )
    return host.removeprefix("[").removesuffix("]") or LOOPBACK, int(port)
