"""Registered facts that differ and may be meant, and ids that can only be compared in one vocabulary."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from magpie_core.builtin.chatml import CHATML
from magpie_core.checkpoint import open_checkpoint


def states(document: dict[str, Any]) -> dict[str, str]:
    return {check["name"]: check["state"] for check in document["checks"]}


class TestWhatMayBeMeant:
    """Differences nobody makes by mistake never stop a run."""

    def probe(self, magpie: Any, world: Any, family: str, *flags: str) -> dict[str, str]:
        flags = ("--format", "registered", *flags)
        said = magpie("probe", world.folder, "--family", family, "--json", *flags)
        assert said.code == 0, said.out + said.err
        return states(json.loads(said.out))

    def test_another_default_system_prompt(self, chatml: Any, magpie: Any, register: Any) -> None:
        text = chatml.right.pre_query.replace(
            chatml.right.default_system, "Answer in rhymes only, please."
        )
        wrong = chatml.wrong(pre_query=text, default_system="Answer in rhymes only, please.")
        assert self.probe(magpie, chatml, register(wrong))["other default system"] == "note"

    def test_a_default_system_prompt_the_template_lacks(self, headers: Any, magpie: Any) -> None:
        assert self.probe(magpie, headers, "llama3.1")["extra default system"] == "note"

    def test_the_bare_form(self, chatml: Any, magpie: Any, register: Any) -> None:
        found = self.probe(magpie, chatml, register(chatml.wrong(form="bare")))
        assert set(found.values()) <= {"ok", "note"}
        assert "missing default system" not in found

    def test_a_system_prompt_of_the_users_own_takes_the_default_ones_place(
        self, chatml: Any, magpie: Any, register: Any, tmp_path: Path
    ) -> None:
        facts = {
            "pre_query": CHATML.pre_query,
            "pre_query_bare": None,
            "default_system": None,
        }
        flags = ["--family", register(chatml.wrong(**facts)), "--format", "registered", "--dry-run"]
        assert magpie("run", "--checkpoint", chatml.folder, *flags).code == 7
        said = magpie("run", "--checkpoint", chatml.folder, *flags, "--system", "Be brief.")
        assert said.code == 0, said.err
        assert "note  missing default system" in said.out

    def test_a_template_that_writes_the_date(self, chatml: Any, magpie: Any, register: Any) -> None:
        tokenizer = open_checkpoint(str(chatml.folder)).tokenizer
        tokenizer.chat_template = tokenizer.chat_template.replace(
            chatml.right.default_system, "Today is {{ strftime_now('%d %b %Y') }}."
        )
        tokenizer.save_pretrained(chatml.folder)
        dated = "Today is 26 Jul 2024."
        family = chatml.wrong(
            pre_query=chatml.right.pre_query.replace(chatml.right.default_system, dated),
            default_system=dated,
        )
        found = self.probe(magpie, chatml, register(family))
        assert set(found.values()) <= {"ok", "note"}
        assert not {"other default system", "missing default system"} & set(found)

    def test_a_vocabulary_of_the_checkpoints_own(self, headers: Any, magpie: Any) -> None:
        """The embedded model has the released names under ids of its own: nothing can be compared."""
        found = self.probe(magpie, headers, "llama3")
        assert found["stop tokens"] == "ok"
        assert "wrong stop id" not in found


class TestWhichVocabulary:
    """Ids are compared in the vocabulary they were registered for, and in no other."""

    def probe(self, magpie: Any, world: Any, family: str) -> dict[str, str]:
        said = magpie("probe", world.folder, "--family", family, "--format", "registered", "--json")
        return states(json.loads(said.out))

    def test_known_by_the_other_stops(self, headers: Any, magpie: Any, register: Any) -> None:
        wrong = headers.wrong(pre_query_ids=None, **headers.moved(0))
        assert self.probe(magpie, headers, register(wrong))["wrong stop id"] == "fail"

    def test_known_by_the_pre_query_where_every_stop_is_wrong(
        self, chatml: Any, magpie: Any, register: Any
    ) -> None:
        swapped = chatml.wrong(stop_token_ids=chatml.right.stop_token_ids[::-1])
        assert self.probe(magpie, chatml, register(swapped))["wrong stop id"] == "fail"

    def test_one_id_that_agrees_by_chance_is_no_evidence(
        self, headers: Any, magpie: Any, register: Any
    ) -> None:
        other = headers.wrong(
            stop_token_ids=(headers.ids["<|eot_id|>"], 128001, 128006, 128007),
            pre_query_ids=(128000, 128006, 882, 128007, 271),
        )
        assert set(self.probe(magpie, headers, register(other)).values()) <= {"ok", "note"}

    def test_a_stop_token_it_lacks_may_be_a_later_ones(
        self, headers: Any, magpie: Any, register: Any
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
        self, headers: Any, magpie: Any, register: Any
    ) -> None:
        first, *rest = headers.right.pre_query_ids or ()
        found = self.probe(
            magpie, headers, register(headers.wrong(pre_query_ids=(first, *rest[:-1], 9)))
        )
        assert found["other pre-query ids"] == "note"
