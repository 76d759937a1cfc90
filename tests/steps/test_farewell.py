"""Farewells end a conversation; requests that begin politely do not."""

from __future__ import annotations

import pytest

from magpie_core.steps.farewell import is_farewell


@pytest.mark.parametrize(
    "text",
    [
        "Thanks!",
        "Thank you so much for your help!",
        "Thank you, that's all I needed for now.",
        "Great, thanks again. Have a nice day!",
        "Perfect 😊",
        "OK, got it. Thanks a lot!",
        "No, that's all. Bye!",
        "Goodbye.",
        "Thanks for explaining this, you've been very helpful.",
        "谢谢!",
        "Danke schön!",
        "ありがとうございます。",
        "*Thank you*",
    ],
)
def test_a_farewell(text: str) -> None:
    assert is_farewell(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "Thanks! And how long does it keep?",
        "Great, now do the same in French.",
        "Why?",
        "Again!",
        "And then?",
        "How do I say goodbye in Italian?",
        "Write a thank you note for my teacher",
        "OK, but what about negative numbers?",
        "No, I meant the other one.",
        "Thanks. " * 20 + "That was the chorus; write a second verse.",
        "Perfect numbers",
        "谢谢,那德语呢?",
    ],
)
def test_more_is_asked_for(text: str) -> None:
    assert not is_farewell(text)


def test_no_text_takes_long() -> None:
    """Alternatives that overlap must not multiply: this hung where they did."""
    assert not is_farewell("no, that's all " * 8 + "x")
    assert not is_farewell("thank you " * 11 + "?")
