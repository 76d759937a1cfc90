"""Every built-in filter keeps the contract a stranger's would."""

from __future__ import annotations

from magpie_core import Draft
from magpie_core.builtin.filters.colon import ColonFilter
from magpie_core.builtin.filters.empty import EmptyFilter
from magpie_core.builtin.filters.junk import JunkFilter
from magpie_core.builtin.filters.length import LengthFilter, ResponseLengthFilter
from magpie_core.builtin.filters.role_marker import MARKERS, RoleMarkerFilter
from magpie_core.builtin.filters.unfinished import UnfinishedFilter
from magpie_core.filters import Stage
from magpie_core.testing.contracts.filter import FilterContract


class TestEmpty(FilterContract):
    filter = EmptyFilter
    keeps = ["4", "是", "👍", "½", "∑", "€", "-1", "?a"]
    rejects = dict.fromkeys(
        [
            "",
            " \n\t",
            "...",
            "***",
            "=====",
            "？！",
            "──────",
            "\u3164",
            "\u2800",
            "\ufffd\ufffd",
            "\x00",
            "```\n```",
        ],
        "empty",
    )


class TestLength(FilterContract):
    filter = LengthFilter
    keeps = ["翻译", "写首诗", "Why?", "x" * 8000, "字" * 8000]
    rejects = {
        "": "too_short",
        "Hi": "too_short",
        "  Hi  ": "too_short",
        "字": "too_short",
        "x" * 8001: "too_long",
    }


class TestLengthFromThree(FilterContract):
    filter = LengthFilter
    options = {"shortest": 3, "longest": 10}
    keeps = ["2+2", " " * 20 + "0123456789"]
    rejects = {"ab": "too_short", "0123456789a": "too_long"}


class TestResponseLength(FilterContract):
    filter = ResponseLengthFilter
    keeps = ["4", "B", "是", "x" * 100_000]
    rejects = {"": "too_short", " \n ": "too_short"}


class TestResponseLengthBounded(FilterContract):
    filter = ResponseLengthFilter
    options = {"shortest": 3, "longest": 5}
    keeps = ["abc", "是的", "12345"]
    rejects = {"ab": "too_short", "123456": "too_long"}


class TestJunk(FilterContract):
    filter = JunkFilter
    keeps = ["", "a\tb\r\nc\x0c", "می\u200cخواهم", "👩‍👩‍👧", "\u202eabc", "x" * 99 + "\ufffd"]
    rejects = dict.fromkeys(
        [
            "Hello \ufffd",
            "a\x00b",
            "\x1b[31mred",
            "\ue000",
            "\U0010fffd",
            "\ud800",
            "\uffff",
            "x" * 98 + "\ufffd",
        ],
        "junk_characters",
    )


class TestJunkTolerant(FilterContract):
    filter = JunkFilter
    options = {"most": 0.5}
    keeps = ["a\ufffd"]
    rejects = {"\ufffd": "junk_characters"}


class TestColon(FilterContract):
    filter = ColonFilter
    keeps = [
        "What is 10:30 in French?",
        "Note: be brief.",
        "Finish it:\n\ndef f(x):",
        "Finish it:\n\n    async def load(self, path: str = '') -> dict[str, int]:",
        "Finish it:\n\nclass Dog(Animal):",
        "Why does this fail?\n\n```python\nif x:\n```",
        "What is `lambda x:`",
        "",
    ]
    rejects = dict.fromkeys(
        [
            "Translate the following sentence:",
            "翻译以下句子：",
            "**Rewrite this text:**",
            "*Rewrite this text*: ",
            "Summarise:\n\n",
            "Write about class discussion:",
            "Read the text. For example:",
            ":",
        ],
        "ends_with_colon",
    )


class TestRoleMarker(FilterContract):
    filter = RoleMarkerFilter
    keeps = [
        "assistant",
        "USER: hi",
        "[INST",
        "a <|b|> c",
        "## Response:",
        "See ### Response: inside a line.",
        "What does <user> mean in this XML?",
    ]
    rejects = {
        **{f"Tell me more.{marker}ok": "role_marker" for marker in MARKERS},
        "### Response:\nSure": "role_marker",
        "Do it.\n### Instruction: now": "role_marker",
    }


class TestOwnRoleMarkers(FilterContract):
    filter = RoleMarkerFilter
    options = {"markers": ["<mine>"], "line_markers": ["USER:"]}
    keeps = ["[INST]", "A USER: B"]
    rejects = {"a<mine>b": "role_marker", "USER: hi": "role_marker", "a\nUSER: hi": "role_marker"}


class TestUnfinished(FilterContract):
    filter = UnfinishedFilter
    keeps = ["A whole sentence."]
    rejects = {"A sentence that": "no_stop"}

    def draft(self, text: str, stage: Stage) -> Draft:
        draft = super().draft(text, stage)
        draft.finish_reason = "length" if text in self.rejects else "stop"
        return draft


def test_unfinished_has_a_switch_for_each_stage() -> None:
    instruction = Draft(index=0, instruction="a", finish_reason="length")
    response = Draft(index=0, instruction="a", response="b", finish_reason="length")
    assert UnfinishedFilter(response=False).reject(response) is None
    assert UnfinishedFilter(response=False).reject(instruction) == "no_stop"
    assert UnfinishedFilter(instruction=False).reject(instruction) is None
    assert UnfinishedFilter(instruction=False).reject(response) == "no_stop"
