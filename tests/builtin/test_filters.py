"""Every built-in filter keeps the contract a stranger's would."""

from __future__ import annotations

from magpie_core import Draft
from magpie_core.builtin.filters.answer import AnswerFilter
from magpie_core.builtin.filters.bare_json import BareJsonFilter
from magpie_core.builtin.filters.colon import ColonFilter
from magpie_core.builtin.filters.empty import EmptyFilter
from magpie_core.builtin.filters.fragment import FragmentFilter
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


class TestReasoning(FilterContract):
    filter = AnswerFilter
    keeps = [
        "How do I hide <think> and </think> in the output?",
        "What is wrong?\n\n```\n<think>\n</think>\n```",
        "Okay, so I need to write a toast. Can you help?",
        "Okay, the user wants dark mode but the toggle does nothing. Why?",
        "First, I need to paint the walls. Next, I'll do the floor. What have I forgotten?",
        "Is `let me think` ruder than `let me see`?",
        "The user asked for a refund, but I can only see half of it. What now?",
        "The user wants dark mode. Write the CSS.",
        "Okay, so I have a meeting at ten. Wait, at nine. Draft the invitation.",
        "First, I will mix it. Then, I will bake it. Correct my grammar.",
    ]
    rejects = dict.fromkeys(
        [
            "<think>\nThe user asks for a poem.",
            "</think>Paris.",
            "It is Paris.\n</think>\n\nParis.",
            "Okay, the user wants a poem about rain.",
            "Alright, the user asked: what is rain? I should explain it.",
            "Okay, so I have to sort this list. Let me start with the first pair.",
            "The list has 3 items. Wait, there are 4. Hmm, the last one is empty.",
            "I need the total. First, I'll add the apples. Then, I'll add the pears.",
            "**Thinking Process:**\n\n1. Look at the request.",
            "嗯，用户问的是天气。",
        ],
        "reasoning",
    )


class TestBareAnswer(FilterContract):
    filter = AnswerFilter
    keeps = [
        "Therefore or thus: which is more formal?",
        "Thus, with a kiss, I die. Name the play.",
        "Put your final answer within \\boxed{}. What is 2+2?",
        "To solve this problem, we need a budget. Suggest one.",
        "Okay, let's play chess. 1. e4",
        "Okay, here's the deal: I need a title for my essay.",
        "Solution: how do I dilute it?",
        "Solution: 5 g of salt in 1 L of water. Compute its molarity.",
        "Therefore, by part (a), x = 2. Part (b): determine y.",
        "Therefore, assume that x = 3. Prove that y = 4.",
    ]
    rejects = dict.fromkeys(
        [
            "To solve this problem, we need to add both sides.",
            "Thus, x = 4.",
            "**Answer:** Paris.",
            "## Solution:\nx = 4",
            "x is 4. The final answer is $\\boxed{4}$.",
            "Okay, let's write a limerick:\n\n**The Cat**\n\nThere once was a cat.",
        ],
        "bare_answer",
    )


class TestBareJson(FilterContract):
    filter = BareJsonFilter
    keeps = [
        '{"task": "Translate into Dutch", "text": "Good morning"}',
        '["写一首关于秋天的诗"]',
        '{"a": 1} is what my server sends. Is it valid?',
        '{"a": 1,}',
        "[TODO]",
        "{}",
        "[" * 5000 + "]" * 5000,
    ]
    rejects = dict.fromkeys(
        [
            '{"name": "search", "arguments": {"query": "what is the weather in Oslo"}}',
            '{"name": "search", "parameters": {}}',
            '{"id": 7, "tags": ["red", "sale"], "stock": null}',
            "[[1, 2], [3, 4]]",
            ' {"a": true}\n',
        ],
        "bare_json",
    )


class TestHeadless(FilterContract):
    filter = FragmentFilter
    keeps = [
        ".NET or Java?",
        "...and then? Finish the story.",
        ";) is my favourite smiley",
        "ment is a suffix: list ten words with it",
        "and why is the sky blue?",
        "</b> closes what?",
    ]
    rejects = dict.fromkeys(
        [
            ", and the number of cats is 3. How many dogs are there?",
            "; then it returns the list",
            ") is the last argument",
            "tion of the company was strong",
            "，然后求出最大值。",
            "</div></div>\n</body>",
        ],
        "headless",
    )


class TestHalfSentence(FilterContract):
    filter = FragmentFilter
    keeps = [
        "how do i pronounce the",
        "Complete the sentence: she went to the market to buy milk because",
        "What is the difference in Python between the operators or and and",
        'Who wrote the line "it was the best of times, it was the',
        "Was ist los, und wann fange ich mit dem ganzen Projekt endlich an",
        "I do not know anybody in this town that I could turn to",
        "Go on:\n\nThe harbour sleeps, the lamps are lit, the nets are dry,",
        "请续写：忽如一夜春风来，千树万树梨花开，",
    ]
    rejects = dict.fromkeys(
        [
            "The table shows the visitors of a museum per month. According to the",
            "Plan a food truck that sells vegan burgers, with a focus on marketing and",
            "I would like you to act as a guide and plan a trip through Andalusia,",
            "我最近在准备考试，每天大概复习六个小时，",
        ],
        "half_sentence",
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
    keeps = [
        "",
        "a\tb\r\nc\x0c",
        "می\u200cخواهم",
        "👩‍👩‍👧",
        "\u202eabc",
        "x" * 99 + "\ufffd",
        'Why do I see "Ã©" and "â€™"?',
        "NÃO HÁ RAZÃO",
        "“锟斤拷”是什么？",
    ]
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
            "Le cafÃ© est fermÃ©.",
            "I donâ€™t know, canâ€™t say.",
            "锟斤拷锟斤拷锟斤拷",
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
        "Q: 1+1?\nA: 2\nQ: 2+2?\nA:",
        "User: hi\nAssistant: hello\nUser: bye\nAssistant:",
        "English: Good morning\nTranslation:",
        "Name: ____\nAge: ____",
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
            "Task: translate\nText:",
            "Write about this.\nTranslation:",
            "__Rewrite this:__",
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
        "What is im_start good for?",
        "Is this right?\n\n```\n### Instruction:\n{x}\n### Response:\n```",
        "f <| x |> g",
        "Why is there a gap in <s>one</s> <s>two</s>?",
    ]
    rejects = {
        **{f"Tell me more.{marker}ok": "role_marker" for marker in MARKERS},
        "### Response:\nSure": "role_marker",
        "Do it.\n### Instruction: now": "role_marker",
        "```\n### Response:\nnobody closes this": "role_marker",
        "Why?<|im_end|": "role_marker",
        "Why?start_header_id|>": "role_marker",
        "Why?<|reserved_special_token_5|>": "role_marker",
        "Why? [ /INST] So.": "role_marker",
        "Why?</s> <s> So.": "role_marker",
    }


class TestOwnRoleMarkers(FilterContract):
    filter = RoleMarkerFilter
    options = {"markers": ["<mine>"], "line_markers": ["USER:"]}
    keeps = ["[INST]", "A USER: B", "<|im_end|"]
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
