"""A family registered wrongly: preflight names the mistake, and stops a run that would use it."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pytest

from magpie_core import Family
from magpie_core.builtin.chatml import CHATML
from magpie_core.checkpoint import open_checkpoint
from magpie_core.plugins import load_plugins

MODULE = """
import msgspec
from magpie_core import Family, hookimpl

@hookimpl
def magpie_register_families():
    return [msgspec.json.decode({facts!r}, type=Family)]
"""
PROMPT = "You are kind."
TEMPLATE = (
    "{% if messages[0].role != 'system' %}<|im_start|>system\n" + PROMPT + "<|im_end|>\n{% endif %}"
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
CHATML_TOKENS = ("<|im_start|>", "<|im_end|>")
Register = Callable[[Family], str]


class World(NamedTuple):
    """A checkpoint folder, and the registration that is right for it."""

    folder: Path
    right: Family
    ids: dict[str, int]

    def wrong(self, **facts: Any) -> Family:
        return msgspec.structs.replace(self.right, **facts)


@pytest.fixture
def register(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Register:
    """Offers a family by a plugin of its own, installed as pip would; returns the family's name."""
    site = tmp_path / "site"
    info = site / "magpie_adapter_mine-1.0.dist-info"
    info.mkdir(parents=True)
    monkeypatch.syspath_prepend(str(site))
    monkeypatch.delitem(sys.modules, "magpie_adapter_mine", raising=False)

    def register(family: Family) -> str:
        facts = msgspec.structs.replace(family, name="mine", aliases=())
        code = MODULE.format(facts=msgspec.json.encode(facts))
        (site / "magpie_adapter_mine.py").write_text(code)
        metadata = "Metadata-Version: 2.1\nName: magpie-adapter-mine\nVersion: 1.0\n"
        (info / "METADATA").write_text(metadata)
        (info / "entry_points.txt").write_text("[magpie]\nadapter-mine = magpie_adapter_mine\n")
        return facts.name

    return register


@pytest.fixture
def headers(checkpoint: str) -> World:
    """The embedded model, whose roles stand in headers and whose template opens with BOS."""
    if "<|start_header_id|>" not in (open_checkpoint(checkpoint).chat_template or ""):
        pytest.skip("MAGPIE_TEST_CHECKPOINT has another template")
    return _world(Path(checkpoint), load_plugins().families()["llama3"])


@pytest.fixture
def chatml(checkpoint: str, tmp_path: Path) -> World:
    """A ChatML checkpoint without weights: own special tokens, a default system prompt, no BOS."""
    folder, tokenizer = tmp_path / "chatml", open_checkpoint(checkpoint).tokenizer
    tokenizer.add_special_tokens({"additional_special_tokens": list(CHATML_TOKENS)})
    tokenizer.eos_token, tokenizer.chat_template = "<|im_end|>", TEMPLATE
    tokenizer.save_pretrained(folder)
    config = json.loads((Path(checkpoint) / "config.json").read_text())
    config |= {"vocab_size": len(tokenizer), "eos_token_id": tokenizer.eos_token_id}
    (folder / "config.json").write_text(json.dumps(config))
    block = f"<|im_start|>system\n{PROMPT}<|im_end|>\n"
    right = msgspec.structs.replace(
        CHATML,
        pre_query=block + CHATML.pre_query,
        pre_query_bare=CHATML.pre_query,
        default_system=PROMPT,
        stop_tokens=CHATML_TOKENS[::-1],
    )
    return _world(folder, right)


def _world(folder: Path, family: Family) -> World:
    """With the ids of this vocabulary, as if it were the family's released one."""
    tokenizer = open_checkpoint(str(folder)).tokenizer
    ids = {token: tokenizer.convert_tokens_to_ids(token) for token in family.stop_tokens}
    opening = family.chat_format().opening(bare=family.form == "bare")
    encoded = tuple(tokenizer.encode(opening, add_special_tokens=False))
    right = msgspec.structs.replace(
        family, stop_token_ids=tuple(ids.values()), pre_query_ids=encoded
    )
    return World(folder, right, ids)


class Mistake(NamedTuple):
    """Facts that are wrong, and what is said of them."""

    kind: str
    said: str
    facts: Callable[[World], dict[str, Any]]


def everywhere(old: str, new: str) -> Callable[[World], dict[str, Any]]:
    """Facts with ``old`` written as ``new`` in every piece."""

    def facts(world: World) -> dict[str, Any]:
        pieces = msgspec.to_builtins(world.right)
        changed = {
            name: text.replace(old, new)
            for name, text in pieces.items()
            if isinstance(text, str) and name.startswith(("pre_query", "user_to", "turn", "user_e"))
        }
        assert changed != {name: pieces[name] for name in changed}, "the mistake changes nothing"
        return changed

    return facts


def moved(token: int) -> Callable[[World], dict[str, Any]]:
    """Facts with one stop token under an id that is another token's."""

    def facts(world: World) -> dict[str, Any]:
        ids = list(world.right.stop_token_ids)
        ids[token] += 7
        return {"stop_token_ids": tuple(ids)}

    return facts


HEADERS = {
    "extra space": Mistake(
        "extra space",
        "has one space too many before the user's words",
        everywhere("user<|end_header_id|>\n\n", "user<|end_header_id|>\n\n "),
    ),
    "extra newline": Mistake(
        "extra space",
        "has one newline too many between the user's words and a new answer",
        everywhere("assistant<|end_header_id|>\n\n", "assistant<|end_header_id|>\n\n\n"),
    ),
    "missing newline": Mistake(
        "missing space",
        "has one newline too few before the user's words",
        everywhere("user<|end_header_id|>\n\n", "user<|end_header_id|>\n"),
    ),
    "second BOS": Mistake(
        "second BOS",
        "writes BOS `<|begin_of_text|>` twice, the template once",
        everywhere("<|begin_of_text|>", "<|begin_of_text|><|begin_of_text|>"),
    ),
    "missing BOS": Mistake(
        "missing BOS",
        "leaves out BOS `<|begin_of_text|>`",
        lambda world: everywhere("<|begin_of_text|>", "")(world) | {"bos": None},
    ),
    "wrong stop id": Mistake(
        "wrong stop id",
        "registers stop token `<|eot_id|>` as id 8, it is 1 in this checkpoint",
        moved(0),
    ),
    "misspelt stop": Mistake(
        "stop token typo",
        "registers stop token `<|eto_id|>`, this checkpoint calls id 1 `<|eot_id|>`",
        lambda world: {"stop_tokens": ("<|eto_id|>", *world.right.stop_tokens[1:])},
    ),
    "role typo": Mistake(
        "role typo",
        "writes the role `asistant` where the template writes `assistant` "
        "between the user's words and a new answer",
        everywhere("assistant", "asistant"),
    ),
    "marker typo": Mistake(
        "marker typo",
        "writes `start_hedaer_id` where the template writes `start_header_id` "
        "between an answer and the user's next words",
        lambda world: {
            "turn_append": world.right.turn_append.replace("start_header", "start_hedaer")
        },
    ),
}
CHATML_MISTAKES = {
    "extra space": Mistake(
        "extra space",
        "has one space too many before the user's words",
        everywhere("user\n", "user\n "),
    ),
    "missing default system": Mistake(
        "missing default system",
        f"leaves out the template's default system prompt `{PROMPT}`",
        lambda world: {
            "pre_query": CHATML.pre_query,
            "pre_query_bare": None,
            "default_system": None,
        },
    ),
    "BOS where there is none": Mistake(
        "extra BOS",
        "begins with BOS `<|begin_of_text|>`, the template without",
        lambda world: (
            everywhere("<|im_start|>system", "<|begin_of_text|><|im_start|>system")(world)
            | {"pre_query_bare": "<|begin_of_text|>" + CHATML.pre_query, "bos": "<|begin_of_text|>"}
        ),
    ),
    "wrong stop id": Mistake(
        "wrong stop id", "registers stop token `<|im_start|>` as id ", moved(1)
    ),
    "role typo": Mistake(
        "role typo",
        "writes the role `usre` where the template writes `user` before the user's words",
        everywhere("user", "usre"),
    ),
    "role typo in the system block": Mistake(
        "role typo",
        "writes the role `sistem` where the template writes `system` in the default system block",
        everywhere("system", "sistem"),
    ),
}


def in_both_worlds(test: Any) -> Any:
    cases = [("headers", one) for one in HEADERS] + [("chatml", one) for one in CHATML_MISTAKES]
    return pytest.mark.parametrize(("name", "case"), cases)(test)


def mistake(name: str, case: str) -> Mistake:
    return (HEADERS if name == "headers" else CHATML_MISTAKES)[case]


def states(document: dict[str, Any]) -> dict[str, str]:
    return {check["name"]: check["state"] for check in document["checks"]}


@in_both_worlds
def test_a_mistake_is_named_and_the_template_is_used(
    name: str, case: str, request: Any, magpie: Any, register: Register
) -> None:
    world: World = request.getfixturevalue(name)
    one = mistake(name, case)
    family = register(world.wrong(**one.facts(world)))
    said = magpie("probe", world.folder, "--family", family, "--json")
    assert said.code == 0, said.err
    found = json.loads(said.out)
    assert states(found)[one.kind] == "note"
    details = [check["detail"] for check in found["checks"] if check["name"] == one.kind]
    assert any(detail.startswith(f"family mine {one.said}") for detail in details), details
    assert found["problems"] == []
    dry = magpie("run", "--checkpoint", world.folder, "--family", family, "--dry-run")
    assert dry.code == 0, dry.err
    assert f"note  {one.kind}: family mine {one.said}" in dry.out


@in_both_worlds
def test_it_stops_a_run_that_would_use_the_registration(
    name: str, case: str, request: Any, magpie: Any, register: Register, tmp_path: Path
) -> None:
    world: World = request.getfixturevalue(name)
    one = mistake(name, case)
    family = register(world.wrong(**one.facts(world)))
    flags = ["--checkpoint", world.folder, "--family", family, "--format", "registered"]
    flags += ["-o", tmp_path / "out", "--backend", "fake"]
    for more in ([], ["--dry-run"]):
        said = magpie("run", *flags, *more)
        assert said.code == 7, said.out + said.err
        assert f"{one.kind}: family mine {one.said}" in said.err
        assert "hint: --format derived" in said.err
        assert "opening" not in said.err, "an engine was opened first"
        assert not (tmp_path / "out").exists()
    probed = magpie("probe", world.folder, "--family", family, "--format", "registered", "--json")
    assert probed.code == 7
    assert states(json.loads(probed.out))[one.kind] == "fail"


@pytest.mark.parametrize("form", ["derived", "registered"])
@pytest.mark.parametrize("name", ["headers", "chatml"])
def test_a_right_registration_is_clean(
    name: str, form: str, request: Any, magpie: Any, register: Register
) -> None:
    world: World = request.getfixturevalue(name)
    family = register(world.right)
    said = magpie("probe", world.folder, "--family", family, "--format", form, "--json")
    assert said.code == 0, said.err
    found = json.loads(said.out)
    notes = {name for name, state in states(found).items() if state != "ok"} - {"context"}
    assert notes == (set() if form == "derived" else {"chat template"})
    assert found["notices"] == []
    assert found["differences"] == {}


class TestWhatMayBeMeant:
    """Differences nobody makes by mistake never stop a run."""

    def probe(self, magpie: Any, world: World, family: str, *flags: str) -> dict[str, str]:
        flags = ("--format", "registered", *flags)
        said = magpie("probe", world.folder, "--family", family, "--json", *flags)
        assert said.code == 0, said.out + said.err
        return states(json.loads(said.out))

    def test_another_default_system_prompt(
        self, chatml: World, magpie: Any, register: Register
    ) -> None:
        text = chatml.right.pre_query.replace(PROMPT, "Answer in rhymes only, please.")
        wrong = chatml.wrong(pre_query=text, default_system="Answer in rhymes only, please.")
        assert self.probe(magpie, chatml, register(wrong))["other default system"] == "note"

    def test_a_default_system_prompt_the_template_lacks(self, headers: World, magpie: Any) -> None:
        assert self.probe(magpie, headers, "llama3.1")["extra default system"] == "note"

    def test_the_bare_form(self, chatml: World, magpie: Any, register: Register) -> None:
        found = self.probe(magpie, chatml, register(chatml.wrong(form="bare")))
        assert set(found.values()) <= {"ok", "note"}
        assert "missing default system" not in found

    def test_a_system_prompt_of_the_users_own_takes_the_default_ones_place(
        self, chatml: World, magpie: Any, register: Register, tmp_path: Path
    ) -> None:
        facts = CHATML_MISTAKES["missing default system"].facts(chatml)
        flags = ["--family", register(chatml.wrong(**facts)), "--format", "registered", "--dry-run"]
        assert magpie("run", "--checkpoint", chatml.folder, *flags).code == 7
        said = magpie("run", "--checkpoint", chatml.folder, *flags, "--system", "Be brief.")
        assert said.code == 0, said.err
        assert "note  missing default system" in said.out

    def test_a_template_that_writes_the_date(
        self, chatml: World, magpie: Any, register: Register
    ) -> None:
        tokenizer = open_checkpoint(str(chatml.folder)).tokenizer
        tokenizer.chat_template = TEMPLATE.replace(
            PROMPT, "Today is {{ strftime_now('%d %b %Y') }}."
        )
        tokenizer.save_pretrained(chatml.folder)
        dated = "Today is 26 Jul 2024."
        family = chatml.wrong(
            pre_query=chatml.right.pre_query.replace(PROMPT, dated), default_system=dated
        )
        found = self.probe(magpie, chatml, register(family))
        assert set(found.values()) <= {"ok", "note"}
        assert not {"other default system", "missing default system"} & set(found)

    def test_a_vocabulary_of_the_checkpoints_own(self, headers: World, magpie: Any) -> None:
        """The embedded model has the released names under ids of its own: nothing can be compared."""
        found = self.probe(magpie, headers, "llama3")
        assert found["stop tokens"] == "ok"
        assert "wrong stop id" not in found


class TestWhichVocabulary:
    """Ids are compared in the vocabulary they were registered for, and in no other."""

    def probe(self, magpie: Any, world: World, family: str) -> dict[str, str]:
        said = magpie("probe", world.folder, "--family", family, "--format", "registered", "--json")
        return states(json.loads(said.out))

    def test_known_by_the_other_stops(
        self, headers: World, magpie: Any, register: Register
    ) -> None:
        wrong = headers.wrong(pre_query_ids=None, **moved(0)(headers))
        assert self.probe(magpie, headers, register(wrong))["wrong stop id"] == "fail"

    def test_known_by_the_pre_query_where_every_stop_is_wrong(
        self, chatml: World, magpie: Any, register: Register
    ) -> None:
        swapped = chatml.wrong(stop_token_ids=chatml.right.stop_token_ids[::-1])
        assert self.probe(magpie, chatml, register(swapped))["wrong stop id"] == "fail"

    def test_one_id_that_agrees_by_chance_is_no_evidence(
        self, headers: World, magpie: Any, register: Register
    ) -> None:
        other = headers.wrong(
            stop_token_ids=(headers.ids["<|eot_id|>"], 128001, 128006, 128007),
            pre_query_ids=(128000, 128006, 882, 128007, 271),
        )
        assert set(self.probe(magpie, headers, register(other)).values()) <= {"ok", "note"}

    def test_a_stop_token_it_lacks_may_be_a_later_ones(
        self, headers: World, magpie: Any, register: Register
    ) -> None:
        """As Llama 3 has `<|reserved_special_token_3|>` where Llama 3.1 has `<|eom_id|>`."""
        later = headers.wrong(
            stop_tokens=(*headers.right.stop_tokens, "<|call_end|>"),
            stop_token_ids=(*headers.right.stop_token_ids, 10),
        )
        found = self.probe(magpie, headers, register(later))
        assert found["stop tokens"] == "note"
        assert "fail" not in found.values()

    def test_other_ids_of_the_pre_query_are_said(
        self, headers: World, magpie: Any, register: Register
    ) -> None:
        first, *rest = headers.right.pre_query_ids or ()
        found = self.probe(
            magpie, headers, register(headers.wrong(pre_query_ids=(first, *rest[:-1], 9)))
        )
        assert found["other pre-query ids"] == "note"


def test_a_family_without_template_is_held_against_itself(
    checkpoint: str, magpie: Any, register: Register, tmp_path: Path, copy_of: Any, headers: World
) -> None:
    silent = copy_of(checkpoint, tmp_path / "silent", None)
    facts = HEADERS["second BOS"].facts(headers)
    family = register(headers.wrong(**facts, has_template=False))
    said = magpie("run", "--checkpoint", silent, "--family", family, "--dry-run")
    assert said.code == 7
    assert "second BOS: family mine writes BOS `<|begin_of_text|>` twice" in said.err
    assert "hint: correct the registration of family `mine`" in said.err
    fine = register(headers.wrong(has_template=False))
    sys.modules.pop("magpie_adapter_mine")
    said = magpie("run", "--checkpoint", silent, "--family", fine, "--dry-run")
    assert said.code == 0, said.err


def test_the_notice_says_the_names(headers: World, magpie: Any, register: Register) -> None:
    facts = HEADERS["role typo"].facts(headers) | {"pre_query": headers.right.pre_query + " "}
    said = magpie("probe", headers.folder, "--family", register(headers.wrong(**facts)))
    (notice,) = [line for line in said.out.splitlines() if line.startswith("note: ")]
    assert "differs from mine: extra space, role typo; the template is used" in notice
