"""The assistant's turn is cut off; what a user could have written stays."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from magpie_core import Reject
from magpie_core.builtin.filters.next_turn import NextTurnCleaner
from magpie_core.testing.contracts.cleaner import CleanerContract

KEPT = (
    "",
    "assistant",
    "Which of these is a noun?\nassistant\nassist\nassisting",
    "How do I import google.assistant\n\nI get an error.",
    "Fix the typo in assistent.\n\nassistant",
    "Continue the dialogue.\nUser: Hi!\nAssistant: Hello!\nUser: How are you?",
    "User: Hi!\nAssistant: Hello!\nUser: Bye!\nAssistant:",
    "What is 2+2?\nAssistant: 5\n\nIs this right?",
    "What is the mood?\nResponse: one word",
    "Write an essay on rain.\n\nResponse: essay, first person",
    "Why is this empty?\nRequest: GET /\nResponse: 200 OK",
    "Sort them.\nManager: plans\nAssistant: files\nIntern: copies",
    "Which layout is it?\n```\nassistant: hi",
    "Human: noun or adjective?",
    "Instruction: the act of teaching. Is it countable?",
    "User: bob\nHost: a.example\n\nMake an SSH entry.",
    "My log says ASSISTANT: ready. Why in capitals?",
    "What does <s>this</s> do in HTML?</s>",
    "End of file marker is <eos>",
    "What does ### mean in Markdown?",
)


class TestNextTurn(CleanerContract):
    cleaner = NextTurnCleaner
    cleans = {
        "How many bones?assistant\n\nThere are 206.": "How many bones?",
        "How many bones?assistant": "How many bones?",
        "Count the bones.assistant\n\nThere are 206.": "Count the bones.",
        "Count the bones.\n\nassistant\n\nThere are 206.": "Count the bones.",
        "How many bones?\nmodel\nThere are 206 of them.": "How many bones?",
        "user\n\nHow many bones?assistant\n\n206": "How many bones?",
        "assistant\n\nThere are 206 bones.": None,
        "How many bones? ASSISTANT: There are 206.": "How many bones?",
        "How many bones?\nAssistant: There are 206.": "How many bones?",
        "How many bones?\n**Assistant:** There are 206.": "How many bones?",
        "user: How many bones?\nassistant: There are 206.": "How many bones?",
        "有多少块骨头？\n助手：206块。": "有多少块骨头？",
        "How many bones?\nAssistant: 206.\nHuman: And teeth?": "How many bones?",
        "How many bones?\n\n### Response:\n206": "How many bones?",
        "How many bones?\n\n### Assistant\n206": "How many bones?",
        "Human: How many bones are there?": "How many bones are there?",
        "### Human: Count the bones.": "Count the bones.",
        "### Instruction:\nCount the bones.\n\n### Response:\n206": "Count the bones.",
        "How many bones?</s>": "How many bones?",
        "How many bones?<eos>": "How many bones?",
        "How many bones?\n###": "How many bones?",
        **{text: text for text in KEPT},
    }


PIECES = [
    "Why?",
    "Go.",
    " ",
    "\n",
    "\n\n",
    "assistant",
    "user",
    "Assistant:",
    "Human: ",
    "### Response:",
]
PIECES += [
    "### Human: ",
    "</s>",
    "<eos>",
    "###",
    "```",
    "model\n",
    "What is it?",
    "It is so.",
    "x:",
]


@settings(deadline=None, max_examples=300)
@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join))
def test_twice_is_once_and_nothing_is_made_up(text: str) -> None:
    once = NextTurnCleaner().clean(text)
    if not isinstance(once, Reject):
        assert once in text
        assert NextTurnCleaner().clean(once) == once
