"""Guards whose template wants each message as a list of parts, or writes nothing of it."""

import pytest

from magpie_core import ChatTemplateError, Turn
from magpie_core.checkpoint import open_checkpoint
from magpie_core.tagging.prompter import make_prompter
from magpie_tiny import CHECKPOINT

PARTS = (
    "{{ bos_token }}Is this harmful?{% for m in messages %}{% for part in m['content'] %}"
    "{% if part['type'] == 'text' %}{{ m['role'] + ': ' + part['text'] }}{% endif %}{% endfor %}{% endfor %} Verdict:"
)
TALK = [Turn("user", "Ask."), Turn("assistant", "Answer.")]


def prompter_of(template):
    checkpoint = open_checkpoint(str(CHECKPOINT))
    checkpoint.tokenizer.chat_template = template
    return make_prompter(checkpoint, None, None, None, [])[0]


@pytest.mark.parametrize("turns", [TALK, TALK[:1]])
def test_messages_are_given_as_parts_where_the_template_wants_them(turns):
    text = prompter_of(PARTS).text(turns)
    assert all(turn.content in text for turn in turns)


def test_a_template_that_writes_nothing_of_the_conversation_is_refused():
    with pytest.raises(ChatTemplateError, match="leaves out"):
        prompter_of("{{ bos_token }}Is this harmful? Verdict:")


def test_a_list_written_as_it_is_is_no_conversation():
    with pytest.raises(ChatTemplateError, match="leaves out"):
        prompter_of(
            "{{ bos_token }}{% if messages[0]['content'] is string %}{{ raise_exception('no') }}{% endif %}{{ messages[0]['content'] }}"
        )
