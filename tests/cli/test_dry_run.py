"""``magpie run --dry-run``: the prompts it shows are the texts that are encoded."""

from __future__ import annotations

import json
from pathlib import Path

from magpie_core.testing import toys

PLAIN = (
    "{% for m in messages %}{{ '<|' + m.role + '|>\n' + m.content + '<|end|>\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|assistant|>\n' }}{% endif %}"
)


def test_what_a_token_swallows_is_shown(magpie, tmp_path: Path) -> None:
    """Role tokens that take the newline after them along, as some makers' do."""
    roles = ["<|system|>", "<|user|>", "<|assistant|>"]
    tokenizer = toys.byte_level(PLAIN, bos=None, eos="<|end|>", special=roles)
    folder = toys.toy_checkpoint(tmp_path / "swallows", tokenizer)
    path = folder / "tokenizer.json"
    content = json.loads(path.read_text())
    for one in content["added_tokens"]:
        one["rstrip"] = one["content"] in roles
    path.write_text(json.dumps(content))
    for system, before in (([], ""), (["--system", "Be kind."], "<|system|>\nBe kind.<|end|>\n")):
        said = magpie(
            "run", "--checkpoint", folder, "--backend", "fake", *system, "--dry-run", "--json"
        )
        document = json.loads(said.out)
        assert document["instruction"]["prompt"] == before + "<|user|>\n"
        assert document["response"]["prompt"] == (
            before + "<|user|>\n(the sampled instruction)<|end|>\n<|assistant|>\n"
        )
