"""A run with tags and pairs as steps leave them, a stub of the hub, and the command line pointed at it."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import yaml

from magpie_core.dataset.columns import Columns
from magpie_core.dataset.source import open_source
from magpie_core.testing.command import Said

TOKEN = "hf_" + "stubtokenstubtoken"
USER = "me"


class StubHub:
    """A hub of a few calls on loopback: what a push through the real client needs, xet left out."""

    def __init__(self) -> None:
        self.token = TOKEN
        self.repos: dict[str, dict] = {}
        self.objects: dict[str, bytes] = {}
        """LFS objects by SHA-256: kept when a push is interrupted before its commit."""
        self.puts: list[str] = []
        self.calls: list[str] = []
        self.hang_at_put: int | None = None
        self.hanging = threading.Event()
        self.refuse: dict[str, int] = {}
        """Status to answer with, by the beginning of a path."""
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def content(self, repo: str, path: str) -> bytes:
        return self.repos[repo]["files"][path]

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        hub = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_: object) -> None:
                return

            def answer(self, body: object = None, status: int = 200, **headers: str) -> None:
                data = json.dumps(body if body is not None else {}).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                for name, value in headers.items():
                    self.send_header(name.replace("_", "-"), value)
                self.end_headers()
                self.wfile.write(data)

            def body(self) -> bytes:
                if self.headers.get("Transfer-Encoding") == "chunked":
                    data = b""
                    while size := int(self.rfile.readline().strip() or b"0", 16):
                        data += self.rfile.read(size)
                        self.rfile.readline()
                    self.rfile.readline()
                    return data
                return self.rfile.read(int(self.headers.get("Content-Length") or 0))

            def refused(self, path: str) -> bool:
                hub.calls.append(f"{self.command} {path}")
                said = self.headers.get("Authorization")
                status = next((s for at, s in hub.refuse.items() if path.startswith(at)), None)
                if status is None and path.startswith("/api/") and said != f"Bearer {TOKEN}":
                    status = 0 if path == "/api/validate-yaml" else 401  # validation needs no login
                if status:
                    self.answer({"error": "refused"}, status)
                return bool(status)

            def do_HEAD(self) -> None:  # model cards, which this hub has none of
                self.send_response(404)
                self.send_header("X-Error-Code", "RepoNotFound")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def do_GET(self) -> None:
                path = urlsplit(self.path).path
                if self.refused(path):
                    return
                if path == "/api/whoami-v2":
                    self.answer({"type": "user", "name": USER, "orgs": [{"name": "our-lab"}]})
                    return
                repo = "/".join(path.split("/")[3:5])
                if repo not in hub.repos:
                    self.answer({"error": "none"}, 404, X_Error_Code="RepoNotFound")
                elif "/tree/" in path:
                    self.answer(
                        [_entry(name, data) for name, data in hub.repos[repo]["files"].items()]
                    )
                else:
                    held = hub.repos[repo]
                    self.answer(
                        {
                            "_id": "1",
                            "id": repo,
                            "sha": held["sha"],
                            "private": held["private"],
                            "tags": [],
                            "siblings": [],
                        }
                    )

            def do_POST(self) -> None:
                path, data = urlsplit(self.path).path, self.body()
                if self.refused(path):
                    return
                if path == "/api/repos/create":
                    self.create(json.loads(data))
                elif path == "/api/validate-yaml":
                    self.validate(json.loads(data))
                elif path.endswith("/objects/batch"):
                    self.batch(json.loads(data))
                elif "/preupload/" in path:
                    files = [
                        {
                            "path": one["path"],
                            "uploadMode": "lfs" if one["path"].endswith(".parquet") else "regular",
                            "shouldIgnore": False,
                        }
                        for one in json.loads(data)["files"]
                    ]
                    self.answer({"files": files})
                elif "/commit/" in path:
                    self.commit("/".join(path.split("/")[3:5]), data)
                else:
                    self.answer({"error": "no such call"}, 404)

            def do_PUT(self) -> None:
                oid = self.path.rpartition("/")[2]
                data = self.body()
                if hub.hang_at_put == len(hub.puts):
                    hub.hanging.set()
                    threading.Event().wait(60)
                    return
                hub.puts.append(oid)
                assert hashlib.sha256(data).hexdigest() == oid
                hub.objects[oid] = data
                self.answer()

            def create(self, said: dict) -> None:
                owner = said.get("organization") or USER
                repo = f"{owner}/{said['name']}"
                if owner not in (USER, "our-lab"):
                    self.answer({"error": f"no rights under {owner}"}, 403)
                    return
                url = {"url": f"{hub.url}/datasets/{repo}"}
                if repo in hub.repos:
                    self.answer(url, 409)
                    return
                private = said.get("private") or said.get("visibility") == "private"
                hub.repos[repo] = {
                    "private": bool(private),
                    "sha": "0" * 40,
                    "files": {".gitattributes": b"x"},
                }
                self.answer(url)

            def validate(self, said: dict) -> None:
                assert said["repoType"] == "dataset"
                front = yaml.safe_load(said["content"].split("---")[1])
                problems = [] if isinstance(front, dict) else [{"message": "no metadata"}]
                self.answer({"errors": problems, "warnings": []}, 400 if problems else 200)

            def batch(self, said: dict) -> None:
                objects = []
                for one in said["objects"]:
                    there = one["oid"] in hub.objects
                    upload = {"upload": {"href": f"{hub.url}/put/{one['oid']}", "header": {}}}
                    objects.append({**one, **({} if there else {"actions": upload})})
                self.answer({"transfer": "basic", "objects": objects})

            def commit(self, repo: str, data: bytes) -> None:
                files = hub.repos[repo]["files"]
                for line in map(json.loads, data.splitlines()):
                    value = line["value"]
                    if line["key"] == "file":
                        files[value["path"]] = base64.b64decode(value["content"])
                    elif line["key"] == "lfsFile":
                        files[value["path"]] = hub.objects[value["oid"]]
                    elif line["key"] == "deletedFile":
                        del files[value["path"]]
                hub.repos[repo]["sha"] = hashlib.sha1(data).hexdigest()
                self.answer(
                    {
                        "commitUrl": f"{hub.url}/datasets/{repo}/commit/1",
                        "commitOid": hub.repos[repo]["sha"],
                    }
                )

        return Handler


def _entry(name: str, data: bytes) -> dict:
    blob = hashlib.sha1(f"blob {len(data)}\0".encode() + data).hexdigest()
    entry = {"type": "file", "path": name, "size": len(data), "oid": blob}
    if name.endswith(".parquet"):
        entry["lfs"] = {
            "oid": hashlib.sha256(data).hexdigest(),
            "size": len(data),
            "pointerSize": 130,
        }
    return entry


JUDGE = "/srv/models/judge-8b"


def add(path: Path, name: str, settings: dict, column: Callable[[int], dict]) -> None:
    """Columns for each record of ``path``, as a step would write them."""
    with open_source(path) as source, Columns(source, name, settings) as columns:
        for number, record in enumerate(source.records()):
            columns.add(record.id, column(number))


@pytest.fixture
def tagged(fake_run: Path) -> Path:
    """Twelve records with quality, a reward, near-duplicates nobody has, and a judge in a folder."""
    labels = ("good", "good", "excellent", "average")
    add(
        fake_run,
        "tags/quality",
        {
            "tagger": "quality",
            "checkpoint": JUDGE,
            "backend": "vllm",
            "api_key": "sk-verysecret123",
        },
        lambda n: {"input_quality": labels[n % 4], "quality_generator": JUDGE},
    )
    add(
        fake_run,
        "tags/reward",
        {"tagger": "reward", "checkpoint": "org/reward", "base_url": "http://10.0.0.7:8000"},
        lambda n: {"instruct_reward": n / 2, "reward_model": "org/reward", "empty": None},
    )
    add(
        fake_run,
        "tags/language",
        {"tagger": "language"},
        lambda n: {"language": "DE" if n % 3 == 0 else "EN", "languages": None},
    )
    return fake_run


@pytest.fixture
def paired(tagged: Path) -> Path:
    """The same with pairs for ten of the twelve."""

    def pair(number: int) -> dict:
        if number > 9:
            return {"responses": ["a"], "chosen": None, "rejected": None, "no_pair": "too_few"}
        return {
            "prompt": [{"role": "user", "content": f"question {number}"}],
            "responses": ["a", "b"],
            "rewards": [1.0, 0.5],
            "chosen": "a",
            "rejected": "b",
        }

    add(tagged, "preferences/dpo", {"samples": 2, "reward_checkpoint": "org/reward"}, pair)
    return tagged


@pytest.fixture
def hub() -> Iterator[StubHub]:
    stub = StubHub()
    yield stub
    stub.close()


@pytest.fixture
def online(hub: StubHub, monkeypatch: pytest.MonkeyPatch) -> StubHub:
    """The hub client of this process talks to the stub, logged in, without xet."""
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "ENDPOINT", hub.url)
    template = hub.url + "/{repo_id}/resolve/{revision}/{filename}"
    monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", True)
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    return hub


@pytest.fixture
def environment(hub: StubHub) -> dict[str, str]:
    """The same for a process of its own."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("HF_", "HUGGING"))}
    return {**kept, "HF_ENDPOINT": hub.url, "HF_TOKEN": TOKEN, "HF_HUB_DISABLE_XET": "1"}


@pytest.fixture
def layout_of(magpie: Callable[..., Said], tmp_path: Path) -> Callable[..., Path]:
    """Writes what would be pushed of a run into a folder."""

    def layout_of(run: Path, *options: object) -> Path:
        target = tmp_path / "layout"
        said = magpie("push", run, "--to-folder", target, *options)
        assert said.code == 0, said.err
        return target

    return layout_of
