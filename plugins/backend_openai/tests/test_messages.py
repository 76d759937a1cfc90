"""Prompts read back into messages: exactly what the pipeline put in, in every family's format."""

from typing import Any

import pytest

from magpie_backend_openai.codec import Codec
from magpie_backend_openai.messages import Messages
from magpie_core import ChatTemplateError, EngineDeadError, RequestError, Sampling, UsageError
from magpie_core.chat.prompts import Prompts
from magpie_core.chat.template import derive_from_tokenizer
from magpie_core.chat.thinking import with_thinking
from magpie_core.checkpoint import open_checkpoint
from magpie_core.record import Turn

families = pytest.importorskip("magpie_tiny_families", reason="magpie-tiny-families is absent")

CHOSEN = (
    "tiny-llama2",
    "tiny-llama3",
    "tiny-llama3.1",
    "tiny-gemma2",
    "tiny-mistral-v3-tekken",
    "tiny-phi3-mini",
    "tiny-qwen2.5",
    "tiny-qwen3",
    "tiny-deepseek-v3",
    "tiny-vicuna",
)
INSTRUCTIONS = (
    "Name a river.",
    "What is 2 + 2?\n\nAnswer in one word:\n\n```\nx = 1\n```",
    "潮汐是什么？ ¿Cómo?",
    "user\nassistant\nsystem",
)
NAMES = [one.name for one in families.MEMBERS]


@pytest.fixture(scope="module", params=CHOSEN)
def codec(request: pytest.FixtureRequest) -> Codec:
    [model] = [one for one in families.magpie_register_models() if one.name == request.param]
    return Codec(open_checkpoint(request.param, path=model.location()))


def test_the_chosen_families_exist() -> None:
    assert set(CHOSEN) <= set(NAMES)


def test_what_went_in_comes_out(codec: Codec) -> None:
    prompts = Prompts(derive_from_tokenizer(codec.tokenizer), codec.tokenizer)
    messages = Messages(codec)
    for text in INSTRUCTIONS:
        ids = prompts.for_response(text)
        assert messages.read(ids) == ([{"role": "user", "content": text}], {})


def test_a_system_prompt_comes_out_or_goes_along(codec: Codec) -> None:
    """Where the template tells it from the user's words; else it stays where the template puts it."""
    chat = derive_from_tokenizer(codec.tokenizer)
    prompts = Prompts(chat, codec.tokenizer)
    try:
        ids = prompts.for_response("Name a river.", "Answer in French.")
    except ChatTemplateError:
        pytest.skip("the template takes no system prompt")
    found, _ = Messages(codec).read(ids)
    if len(found) == 2:
        assert found[0] == {"role": "system", "content": "Answer in French."}
        assert found[1] == {"role": "user", "content": "Name a river."}
    again = codec.tokenizer.apply_chat_template(found, tokenize=False, add_generation_prompt=True)
    assert codec.encode(again) == ids, "the server's template would write another prompt"


def test_a_switch_for_reasoning_comes_out(codec: Codec) -> None:
    chat = derive_from_tokenizer(codec.tokenizer)
    if chat.user_to_assistant_no_think is None:
        pytest.skip("the template has no switch")
    for wanted in (True, False):
        told = with_thinking(chat, wanted)
        ids = Prompts(told, codec.tokenizer).for_response("Name a river.")
        found, variables = Messages(codec).read(ids)
        again = codec.tokenizer.apply_chat_template(
            found, tokenize=False, add_generation_prompt=True, **variables
        )
        assert codec.encode(again) == ids


def test_a_pre_query_is_no_message(codec: Codec) -> None:
    prompts = Prompts(derive_from_tokenizer(codec.tokenizer), codec.tokenizer)
    bare = Prompts(derive_from_tokenizer(codec.tokenizer), codec.tokenizer, bare=True)
    for one in (prompts, bare):
        with pytest.raises(EngineDeadError, match="cannot continue a pre-query"):
            Messages(codec).read(one.for_instruction())


def test_a_longer_conversation_is_refused(codec: Codec) -> None:
    prompts = Prompts(derive_from_tokenizer(codec.tokenizer), codec.tokenizer)
    turns = [Turn("user", "Hi"), Turn("assistant", "Hello"), Turn("user", "Name a river.")]
    if not any(text in codec.written(prompts.for_turns(turns)) for text in codec.control_texts):
        pytest.skip("the roles are plain text: a conversation looks like one long message")
    with pytest.raises(RequestError, match="one user's message"):
        Messages(codec).read(prompts.for_turns(turns))


def test_another_days_date_is_read_as_a_date(codec: Codec) -> None:
    chat = derive_from_tokenizer(codec.tokenizer, date_string="03 Feb 2001")
    ids = Prompts(chat, codec.tokenizer).for_response("Name a river.")
    assert Messages(codec).read(ids)[0][-1] == {"role": "user", "content": "Name a river."}


async def test_a_chat_endpoint_gets_the_message(stub: Any, opened: Any, tokenizer: Any) -> None:
    server = stub()
    engine = await opened(server, api="chat")
    prompts = Prompts(derive_from_tokenizer(tokenizer), tokenizer)
    ids = prompts.for_response("Name a river.", "Be brief.")
    [one] = await engine.complete(ids, Sampling(max_tokens=30, seed=4, stop_token_ids=(1,)))
    [body] = server.bodies
    assert body["messages"] == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Name a river."},
    ]
    assert "prompt" not in body
    assert one.text.endswith("?")
    with pytest.raises(EngineDeadError, match="writes no instructions") as at:
        await engine.complete(prompts.for_instruction(), Sampling(max_tokens=4))
    assert "[response_engine]" in str(at.value.hint)


async def test_a_checkpoint_without_a_template_cannot_chat(
    stub: Any, checkpoint: str, tmp_path: Any
) -> None:
    import json
    from pathlib import Path

    from magpie_backend_openai import OpenAIBackend
    from magpie_core import EngineSettings

    for path in Path(checkpoint).iterdir():
        if path.name == "tokenizer_config.json":
            config = json.loads(path.read_text())
            config.pop("chat_template", None)
            (tmp_path / path.name).write_text(json.dumps(config))
        elif path.name != "chat_template.jinja":
            (tmp_path / path.name).symlink_to(path.resolve())
    options = {"url": stub().url, "api": "chat"}
    with pytest.raises(UsageError, match="has no chat template"):
        await OpenAIBackend.open(EngineSettings(checkpoint=str(tmp_path), options=options))
