"""Opening checkpoints: what is read, and what a user is told when it fails. No network."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from tokenizers import Tokenizer, models
from transformers import PreTrainedTokenizerFast

from magpie_core import Checkpoint, CheckpointError, UnreachableError
from magpie_core.checkpoint import open_checkpoint
from magpie_core.hub import explain_hub_error


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    backend = Tokenizer(
        models.WordLevel({"<unk>": 0, "<s>": 1, "</s>": 2, "hello": 3}, unk_token="<unk>")
    )
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=backend,
        bos_token="<s>",
        eos_token="</s>",
        unk_token="<unk>",
        chat_template="{{ messages }}",
    )
    tokenizer.save_pretrained(tmp_path)
    (tmp_path / "config.json").write_text(
        '{"model_type": "llama", "max_position_embeddings": 64, "eos_token_id": 2}'
    )
    return tmp_path


class TestLocal:
    def test_folder(self, folder: Path) -> None:
        (folder / "generation_config.json").write_text('{"eos_token_id": [3, 2]}')
        one = open_checkpoint(str(folder))
        assert one.name == one.path == str(folder)
        assert one.model_type == "llama"
        assert one.context_length == 64
        assert one.end_token_ids == (3, 2)
        assert one.chat_template == "{{ messages }}"

    @pytest.mark.parametrize(
        ("architectures", "found"),
        [
            (["LlamaForCausalLM"], None),
            (["Qwen3ForSequenceClassification"], "Qwen3ForSequenceClassification"),
            (["LlamaForRewardModelWithGating"], "LlamaForRewardModelWithGating"),
            (["Gemma3ForConditionalGeneration"], None),
            (None, None),
            ("LlamaForSequenceClassification", None),
            ([None, 3], None),
        ],
    )
    def test_a_head_that_writes_no_words(
        self, folder: Path, architectures: Any, found: str | None
    ) -> None:
        config = {"model_type": "llama", "architectures": architectures}
        (folder / "config.json").write_text(json.dumps(config))
        assert open_checkpoint(str(folder)).without_words == found

    @pytest.mark.parametrize("wrong", ["</s>", [2, "</s>"], 2.5])
    def test_a_token_in_place_of_its_id(self, folder: Path, wrong: Any) -> None:
        config = {"model_type": "llama", "eos_token_id": wrong}
        (folder / "config.json").write_text(json.dumps(config))
        with pytest.raises(CheckpointError, match="not a token id") as caught:
            open_checkpoint(str(folder))
        assert f"`eos_token_id` in config.json of `{folder}` is {wrong!r}" in caught.value.message
        assert '"eos_token_id": 2' in str(caught.value.hint)

    def test_short_name(self, folder: Path) -> None:
        one = open_checkpoint("tiny", path=str(folder))
        assert (one.name, one.path) == ("tiny", str(folder))

    def test_home(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("HOME", str(folder.parent))
        assert open_checkpoint(f"~/{folder.name}").path == str(folder)

    @pytest.mark.parametrize(
        "name", ["/no/such/folder", "./none", "../none", "~/none", "a/b/c", "two words", ""]
    )
    def test_missing_folder(self, name: str) -> None:
        with pytest.raises(CheckpointError, match="does not exist") as caught:
            open_checkpoint(name)
        assert not isinstance(caught.value, UnreachableError)
        assert f"`{name}`" in caught.value.message
        assert "hub id" in (caught.value.hint or "")

    def test_folder_without_config(self, tmp_path: Path) -> None:
        with pytest.raises(CheckpointError, match=r"no config\.json") as caught:
            open_checkpoint(str(tmp_path))
        assert "ls " in (caught.value.hint or "")

    @pytest.mark.parametrize("file", ["config.json", "generation_config.json"])
    @pytest.mark.parametrize(
        ("content", "words"),
        [
            (b"{", "not valid JSON"),
            (b"\xff\xfe", "not valid JSON"),
            (b"[1]", "JSON list, not an object"),
        ],
    )
    def test_damaged_json(self, folder: Path, file: str, content: bytes, words: str) -> None:
        (folder / file).write_bytes(content)
        with pytest.raises(CheckpointError, match=words) as caught:
            open_checkpoint(str(folder))
        assert file in caught.value.message

    def test_unreadable_json(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def refuse(*_: Any, **__: Any) -> str:
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr(Path, "read_text", refuse)
        with pytest.raises(CheckpointError, match="cannot be read: Permission denied"):
            open_checkpoint(str(folder))

    def test_file_instead_of_a_folder(self, folder: Path) -> None:
        with pytest.raises(CheckpointError, match="is a file, not a checkpoint folder") as caught:
            open_checkpoint(str(folder / "config.json"))
        assert str(folder) in (caught.value.hint or "")

    @pytest.mark.parametrize("settings", [None, "{}", '{"tokenizer_class": "LlamaTokenizer"}'])
    def test_without_tokenizer_files(self, settings: str | None, tmp_path: Path) -> None:
        (tmp_path / "config.json").write_text('{"model_type": "llama"}')
        if settings is not None:
            (tmp_path / "tokenizer_config.json").write_text(settings)
        with pytest.raises(
            CheckpointError, match=r"holds no tokenizer \(tokenizer\.json"
        ) as caught:
            open_checkpoint(str(tmp_path))
        assert caught.value.hint

    def test_damaged_tokenizer(self, folder: Path) -> None:
        (folder / "tokenizer.json").write_text("{")
        with pytest.raises(CheckpointError, match=r"tokenizer .* cannot be loaded") as caught:
            open_checkpoint(str(folder))
        assert not isinstance(caught.value, UnreachableError)


def hub(monkeypatch: pytest.MonkeyPatch, answers: dict[str, Any]) -> list[str]:
    """Replace the hub: each file is a path, or an error to raise. Returns what was asked for."""
    asked: list[str] = []

    def download(repo: str, file: str, **_: Any) -> str:
        asked.append(f"{repo}:{file}")
        answer = answers[file]
        if isinstance(answer, BaseException):
            raise answer
        return str(answer)

    monkeypatch.setattr("huggingface_hub.hf_hub_download", download)
    return asked


def hub_error(name: str, text: str = "some long text of the hub") -> Exception:
    """An error of the hub client, made without the response it wants."""
    import huggingface_hub.errors

    kind: type[Exception] = getattr(huggingface_hub.errors, name)
    error = kind.__new__(kind, text)
    Exception.__init__(error, text)
    return error


class TestHub:
    @pytest.mark.parametrize(
        ("error", "kind", "words", "way_out"),
        [
            (
                "GatedRepoError",
                CheckpointError,
                "gated: its licence must be accepted",
                "hf auth login",
            ),
            ("RepositoryNotFoundError", CheckpointError, "does not exist on the hub", "spelling"),
            ("HFValidationError", CheckpointError, "does not exist on the hub", "spelling"),
            ("LocalEntryNotFoundError", UnreachableError, "cannot be reached", "--checkpoint tiny"),
            (
                "OfflineModeIsEnabled",
                UnreachableError,
                "cannot be reached",
                "hf download maker/model",
            ),
        ],
    )
    def test_the_hubs_errors(
        self,
        error: str,
        kind: type[CheckpointError],
        words: str,
        way_out: str,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        asked = hub(monkeypatch, {"config.json": hub_error(error)})
        with pytest.raises(CheckpointError, match=words) as caught:
            open_checkpoint("maker/model")
        assert type(caught.value) is kind
        assert way_out in (caught.value.hint or "")
        assert "`maker/model`" in caught.value.message
        assert asked == ["maker/model:config.json"]

    @pytest.mark.parametrize("module", ["httpx", "requests.exceptions", "builtins"])
    @pytest.mark.parametrize(
        "name", ["ConnectError", "ConnectTimeout", "ProxyError", "ConnectionError"]
    )
    def test_a_broken_network(self, module: str, name: str) -> None:
        made = {
            "httpx": ("TransportError", "Exception"),
            "requests.exceptions": ("ConnectionError", "OSError"),
            "builtins": ("ConnectionError", "OSError"),
        }[module]
        base = type(made[0], (OSError,), {"__module__": module})
        error = type(name, (base,), {"__module__": module})("no route to host")
        assert isinstance(explain_hub_error("maker/model", error), UnreachableError)

    def test_a_refused_connection_is_no_network(self) -> None:
        assert isinstance(
            explain_hub_error("maker/model", ConnectionRefusedError()), UnreachableError
        )

    def test_the_cause_counts_not_the_wrapper(self) -> None:
        wrapper = OSError("maker/model is not a local folder")
        wrapper.__cause__ = hub_error("GatedRepoError")
        assert "gated" in explain_hub_error("maker/model", wrapper).message

    def test_code_of_its_own(self) -> None:
        error = ValueError("pass trust_remote_code=True to run it")
        assert "--trust-remote-code" in (explain_hub_error("maker/model", error).hint or "")

    def test_anything_else_keeps_its_first_words_in_one_line(self) -> None:
        """transformers lists its reasons below a first line that says nothing."""
        found = explain_hub_error("maker/model", RuntimeError("one of:\n (1) no file\n\n(2) bad"))
        assert found.message.endswith("cannot be loaded: one of: (1) no file (2) bad")
        long = explain_hub_error("maker/model", RuntimeError("word " * 500)).message
        assert len(long) < 260
        assert long.endswith("word …")
        assert explain_hub_error("maker/model", RuntimeError()).message.endswith("RuntimeError")

    def test_errors_that_cause_each_other(self) -> None:
        one, two = RuntimeError("one"), RuntimeError("two")
        one.__cause__, two.__cause__ = two, one
        assert "one" in explain_hub_error("maker/model", one).message

    def test_downloaded_earlier_and_no_network(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A repository without generation_config.json must open from the cache."""
        missing = hub_error("LocalEntryNotFoundError")
        hub(monkeypatch, {"config.json": folder / "config.json", "generation_config.json": missing})
        self.tokenizer_from(folder, monkeypatch)
        one = open_checkpoint("maker/model")
        assert one.model_type == "llama"
        assert one.generation_config == {}

    def test_files_the_repository_lacks(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        lacking = hub_error("RemoteEntryNotFoundError")
        hub(monkeypatch, {"config.json": lacking, "generation_config.json": lacking})
        self.tokenizer_from(folder, monkeypatch)
        one = open_checkpoint("maker/model")
        assert (one.config, one.generation_config, one.model_type) == ({}, {}, None)

    def test_tokenizer_that_cannot_be_reached(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        files = {
            "config.json": folder / "config.json",
            "generation_config.json": hub_error("RemoteEntryNotFoundError"),
        }
        hub(monkeypatch, files)

        def fail(*_: Any, **__: Any) -> None:
            raise OSError("can't load it") from hub_error("LocalEntryNotFoundError")

        monkeypatch.setattr("transformers.AutoTokenizer.from_pretrained", fail)
        with pytest.raises(UnreachableError):
            open_checkpoint("maker/model")

    @staticmethod
    def tokenizer_from(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        tokenizer = PreTrainedTokenizerFast.from_pretrained(folder)
        monkeypatch.setattr(
            "transformers.AutoTokenizer.from_pretrained", lambda *_, **__: tokenizer
        )


class TestFacts:
    def made(self, config: dict[str, Any], **tokenizer: Any) -> Checkpoint:
        return Checkpoint(name="x", path="x", config=config, tokenizer=SimpleNamespace(**tokenizer))

    @pytest.mark.parametrize(
        ("config", "longest", "expected"),
        [
            ({"max_position_embeddings": 8192}, 512, 8192),
            ({"text_config": {"max_position_embeddings": 4096}}, 512, 4096),
            ({}, 512, 512),
            ({}, int(1e30), None),
            ({}, None, None),
            ({"text_config": None}, 512, 512),
            ({"text_config": [1]}, 512, 512),
            ({"max_position_embeddings": "many"}, 512, 512),
            ({"max_position_embeddings": True}, 512, 512),
            ({"max_position_embeddings": [8192]}, 512, 512),
            ({"max_position_embeddings": -1}, 512, 512),
            ({"max_position_embeddings": float("nan")}, 512, 512),
            ({"max_position_embeddings": float("inf")}, "long", None),
            (
                {"max_position_embeddings": {}, "text_config": {"max_position_embeddings": 64}},
                512,
                64,
            ),
        ],
    )
    def test_context_length(
        self, config: dict[str, Any], longest: object, expected: int | None
    ) -> None:
        assert self.made(config, model_max_length=longest).context_length == expected

    def test_end_tokens_once_each_and_in_order(self) -> None:
        one = Checkpoint(
            name="x",
            path="x",
            config={"eos_token_id": 2},
            generation_config={"eos_token_id": [9, 2]},
            tokenizer=SimpleNamespace(eos_token_id=7),
        )
        assert one.end_token_ids == (9, 2, 7)
        assert self.made({"eos_token_id": None}, eos_token_id=None).end_token_ids == ()

    @pytest.mark.parametrize("said", [True, -1, "2", [True, "x", None, -5], {"id": 2}, 2.0])
    def test_end_tokens_that_are_none(self, said: object) -> None:
        assert self.made({"eos_token_id": said}, eos_token_id=7).end_token_ids == (7,)

    def test_model_type_that_is_no_name(self) -> None:
        assert self.made({"model_type": ["llama"]}).model_type is None

    def test_chat_template(self) -> None:
        assert self.made({}, chat_template={"default": "a", "rag": "b"}).chat_template == "a"
        assert self.made({}, chat_template={"rag": "b"}).chat_template is None
        assert self.made({}, chat_template="").chat_template is None
        assert Checkpoint(name="x", path="x").chat_template is None

    def test_facts_are_plain_json(self, folder: Path) -> None:
        one = open_checkpoint(str(folder))
        assert json.loads(json.dumps(dict(one.config)))["model_type"] == "llama"
