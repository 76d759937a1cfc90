"""Family: facts as a chat format, guessing by facts, and the contract's own eyesight."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from magpie_core import Checkpoint, Family, Sampling
from magpie_core.builtin.chatml import CHATML
from magpie_core.family import guess_by_facts
from magpie_core.testing import golden as goldens
from magpie_core.testing.contracts.family import FamilyContract


def family(name: str, **facts: Any) -> Family:
    base: dict[str, Any] = {
        "title": name,
        "pre_query": "<s><user>",
        "user_end": "</user>",
        "user_to_assistant": "</user><bot>",
        "turn_append": "</bot><user>",
        "bos": "<s>",
        "stop_tokens": ("</bot>",),
        "default_checkpoint": f"maker/{name}",
        "source": "made up",
    }
    return Family(name=name, **(base | facts))


def checkpoint(name: str, template: Any = None, model_type: str | None = None) -> Checkpoint:
    config = {"model_type": model_type} if model_type else {}
    return Checkpoint(
        name=name, path=name, config=config, tokenizer=SimpleNamespace(chat_template=template)
    )


class TestChatFormat:
    def test_pieces_left_out_are_the_usual_ones(self) -> None:
        chat = family("one").chat_format()
        assert chat.pre_query_bare == "<s><user>"
        assert chat.user_to_assistant_history == "</user><bot>"
        assert chat.source == "registered"

    def test_pieces_given_are_kept(self) -> None:
        one = family("one", pre_query_bare="<s>", user_to_assistant_history="</user><bot> ")
        assert one.chat_format().pre_query_bare == "<s>"
        assert one.chat_format().user_to_assistant_history == "</user><bot> "


class TestGuess:
    OLD = family(
        "old",
        template_markers=("<h>",),
        template_absent=("<d>",),
        name_pattern=r"fam-1",
        model_types=("fam",),
    )
    NEW = family(
        "new", template_markers=("<h>", "<d>"), name_pattern=r"fam-2", model_types=("fam",)
    )
    TWIN = family("twin", template_markers=("<h>", "<d>"), name_pattern=r"fam-3")
    LONE = family("lone", name_pattern=r"lone", model_types=("alone",))
    ALL = (OLD, NEW, TWIN, LONE)

    @pytest.mark.parametrize(
        ("name", "template", "model_type", "found"),
        [
            ("anything", "x <h> y", None, "old"),
            ("anything", "<h><d>", None, "new"),
            ("maker/FAM-3-8b", "<h><d>", None, "twin"),
            ("maker/fam-1", "<h><d>", None, "new"),  # markers rule it out, whatever it is called
            ("maker/fam-1", "unknown template", None, None),
            ("maker/fam-1", None, None, "old"),
            ("maker/lone-7b", None, None, "lone"),
            ("anything", None, "alone", "lone"),
            ("anything", None, "fam", None),  # two families claim it
            ("anything", "unknown template", "alone", None),
            ("anything", None, None, None),
        ],
    )
    def test_markers_then_name_then_type(
        self, name: str, template: str | None, model_type: str | None, found: str | None
    ) -> None:
        assert guess_by_facts(checkpoint(name, template, model_type), self.ALL) == found

    def test_the_default_of_several_templates_counts(self) -> None:
        templates = {"default": "<h>", "tool_use": "<h><d>"}
        assert guess_by_facts(checkpoint("anything", templates), self.ALL) == "old"


class TestChatml(FamilyContract):
    family = CHATML
    goldens = ("chatml", "chatml.minimal")


class TestContractFindsFaults:
    """A contract that cannot fail proves nothing."""

    GOOD = family("good", status="partly")

    def check(self, method: str, facts: Family, **attributes: Any) -> None:
        kind = type("Made", (FamilyContract,), {"family": facts, **attributes})
        getattr(kind(), method)()

    @pytest.mark.parametrize(
        ("method", "facts", "words"),
        [
            ("test_pieces_are_clean", {"turn_append": "MagpieUserTwo"}, "sentinel"),
            ("test_pieces_are_clean", {"pre_query": "<s>{system}"}, "must not hold"),
            ("test_pieces_are_clean", {"pre_query_with_system": "{system}{system}"}, "once"),
            ("test_pieces_are_clean", {"pre_query": " "}, "nothing to sample from"),
            ("test_pieces_are_clean", {"user_to_assistant": ""}, "nothing opens an answer"),
            ("test_stops", {"stop_tokens": ()}, "nothing ends a sample"),
            ("test_stops", {"stop_token_ids": (1, 2)}, "same order"),
            ("test_stops", {"stop_tokens": ("a", "a")}, "twice"),
            ("test_stops", {"stop_strings": ("\n",)}, "white space"),
            ("test_stops", {"stop_strings": ("Assistant",)}, "plain word"),
            (
                "test_sampling_defaults_are_valid",
                {"response_sampling": Sampling(top_p=2.0)},
                "response_sampling",
            ),
            ("test_bare_form_is_known_where_it_is_used", {"form": "bare"}, "pre_query_bare"),
            (
                "test_bare_form_is_known_where_it_is_used",
                {"form": "bare", "pre_query_bare": "<s><user>"},
                "equals",
            ),
            ("test_names_are_lower_case", {"aliases": ("Good",)}, "lower case"),
            ("test_names_are_lower_case", {"aliases": ("good",)}, "twice"),
            ("test_status_and_source", {"source": " "}, "source is empty"),
            ("test_status_and_source", {"status": "verified"}, "no golden"),
            ("test_name_pattern_fits_its_own_checkpoints", {"name_pattern": "bad"}, "does not fit"),
            (
                "test_guessed_from_its_own_checkpoints",
                {"name_pattern": "good"},
                "is taken for `None`",
            ),
            ("test_is_offered_by_its_plugin", {}, "no installed plugin offers"),
            (
                "test_rules_and_cleaners_are_offered",
                {"first_token_rule": "none-such"},
                "offered by nobody",
            ),
            (
                "test_rules_and_cleaners_are_offered",
                {"cleaners": ("none-such",)},
                "no installed plugin",
            ),
            ("test_bos_begins_every_opening", {"pre_query": "<user>"}, "does not begin with BOS"),
            ("test_bos_begins_every_opening", {"pre_query": "<s><s><user>"}, "two BOS"),
            (
                "test_system_prompt_has_a_place_or_not",
                {"system_role": "native"},
                "pre_query_with_system",
            ),
            (
                "test_system_prompt_has_a_place_or_not",
                {"system_role": "refused", "default_system": "x"},
                "default_system",
            ),
        ],
    )
    def test_and_says_what_is_wrong(self, method: str, facts: dict[str, Any], words: str) -> None:
        with pytest.raises((AssertionError, pytest.fail.Exception), match=words):
            self.check(method, msgspec.structs.replace(self.GOOD, **facts))

    def test_wrong_pieces(self) -> None:
        wrong = msgspec.structs.replace(CHATML, turn_append="<|im_start|>user\n")
        with pytest.raises(AssertionError, match="chatml/two_turn_gen"):
            self.check("test_pieces_rebuild_the_golden_renderings", wrong, goldens=("chatml",))

    def test_exceptions_that_hold(self) -> None:
        with pytest.raises(AssertionError, match="remove them"):
            self.check(
                "test_pieces_rebuild_the_golden_renderings",
                CHATML,
                goldens=("chatml",),
                known_exceptions={"chatml/user": "it is said to differ here"},
            )

    @pytest.mark.parametrize(
        ("exceptions", "words"),
        [
            ({"other": "not among the goldens"}, "no golden here"),
            ({"chatml": "because"}, "in a sentence"),
        ],
    )
    def test_exceptions_without_explanation(self, exceptions: dict[str, str], words: str) -> None:
        with pytest.raises(AssertionError, match=words):
            self.check(
                "test_known_exceptions_are_explained",
                CHATML,
                goldens=("chatml",),
                known_exceptions=exceptions,
            )

    def test_pre_query_that_is_no_prefix(self) -> None:
        wrong = msgspec.structs.replace(CHATML, pre_query="<|im_start|>user\n\n")
        with pytest.raises(AssertionError, match="does not begin chatml/user"):
            self.check("test_pre_query_is_a_literal_prefix", wrong, goldens=("chatml",))


class TestGolden:
    def test_absent_data_skip_with_a_reason(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv(goldens.VARIABLE, "/nowhere/renderings.json")
        assert goldens.template_names() == []
        for ask in (
            goldens.conversations,
            lambda: goldens.golden("chatml"),
            lambda: goldens.template("chatml"),
        ):
            with pytest.raises(pytest.skip.Exception, match=goldens.VARIABLE):
                ask()

    def test_a_misspelt_golden_is_no_skip(self) -> None:
        with pytest.raises(LookupError, match="chatml"):
            goldens.golden("chatlm")

    def test_a_misspelt_template_is_no_skip(self) -> None:
        goldens.conversations()
        with pytest.raises(LookupError, match="chatlm"):
            goldens.template("chatlm")

    def test_refusals_are_none(self) -> None:
        assert goldens.golden("google__gemma-2-2b-it").renderings["system_gen"] is None


def test_of_families_whose_markers_all_fit_the_name_decides() -> None:
    markers = ("<turn>",)
    plain = family("plain", template_markers=("<turn>", "<end>"), name_pattern="plain")
    coder = family("coder", template_markers=markers, name_pattern="coder")
    template = "<turn>{{ m }}<end>"
    assert guess_by_facts(checkpoint("maker/x-coder", template), [plain, coder]) == "coder"
    assert guess_by_facts(checkpoint("maker/x-other", template), [plain, coder]) == "plain"
