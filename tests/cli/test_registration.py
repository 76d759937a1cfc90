"""A family registered wrongly: preflight names the mistake, and stops a run that would use it."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pytest

from magpie_core.builtin.chatml import CHATML


class Mistake(NamedTuple):
    """Facts that are wrong, and what is said of them."""

    kind: str
    said: str
    facts: Callable[[Any], dict[str, Any]]


def everywhere(old: str, new: str) -> Callable[[Any], dict[str, Any]]:
    """Facts with ``old`` written as ``new`` in every piece."""

    def facts(world: Any) -> dict[str, Any]:
        pieces = msgspec.to_builtins(world.right)
        changed = {
            name: text.replace(old, new)
            for name, text in pieces.items()
            if isinstance(text, str) and name.startswith(("pre_query", "user_to", "turn", "user_e"))
        }
        assert changed != {name: pieces[name] for name in changed}, "the mistake changes nothing"
        return changed

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
        lambda world: world.moved(0),
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
        "leaves out the template's default system prompt `You are kind.`",
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
        "wrong stop id", "registers stop token `<|im_start|>` as id ", lambda world: world.moved(1)
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
    name: str, case: str, request: Any, magpie: Any, register: Any
) -> None:
    world: Any = request.getfixturevalue(name)
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
    name: str, case: str, request: Any, magpie: Any, register: Any, tmp_path: Path
) -> None:
    world: Any = request.getfixturevalue(name)
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
    name: str, form: str, request: Any, magpie: Any, register: Any
) -> None:
    world: Any = request.getfixturevalue(name)
    family = register(world.right)
    said = magpie("probe", world.folder, "--family", family, "--format", form, "--json")
    assert said.code == 0, said.err
    found = json.loads(said.out)
    notes = {name for name, state in states(found).items() if state != "ok"} - {"context"}
    assert notes == (set() if form == "derived" else {"chat template"})
    assert found["notices"] == []
    assert found["differences"] == {}


def test_a_family_without_template_is_held_against_itself(
    checkpoint: str, magpie: Any, register: Any, tmp_path: Path, copy_of: Any, headers: Any
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


def test_the_notice_says_the_names(headers: Any, magpie: Any, register: Any) -> None:
    facts = HEADERS["role typo"].facts(headers) | {"pre_query": headers.right.pre_query + " "}
    said = magpie("probe", headers.folder, "--family", register(headers.wrong(**facts)))
    (notice,) = [line for line in said.out.splitlines() if line.startswith("note: ")]
    assert "differs from mine: extra space, role typo; the template is used" in notice
