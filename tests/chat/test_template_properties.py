"""Jinja templates put together at random, through the real sandbox: what is derived writes what they write.

A template is made of the habits that real ones have: markers in special tokens or plain text, a default
system prompt, trimming, a system role that is moved, dropped or refused, dates, reasoning, alternation.
Each that takes a plain conversation must be taken apart, and every conversation of any words must come out
character for character; only what is listed here may be refused.

Exceptions, with the reason:

- Words that hold ``</think>``: templates that forget reasoning cut them there, and a format has no such cut.
- White space around words that loses only some of it (``lstrip``, ``strip(' ')``): formats know trimmed or not.
- Where the last answer ends in its own way, how a user turn is opened is told by what the pre-query and later
  turns have in common; a default system block that ends half as answers do leaves that half in the bare form.
- Alternation: formats write conversations that alternate and end with the user, whatever a template takes.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from magpie_core import ChatTemplateError, Turn
from magpie_core.chat.template import date_variables, derive_from_tokenizer, template_renderer
from magpie_core.testing import golden as goldens
from magpie_core.testing.toys import CHATML

CALM = settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow])
DATES = {
    None: "",
    "clock": "{{ 'Today: ' + strftime_now('%d %B %Y') + '. ' }}",
    "given": "{{ 'Today: ' + (date_string if date_string is defined else '26 Jul 2024') + '. ' }}",
}
HALF_TRIMS = (".lstrip()", ".rstrip()", ".strip(' ')", ".strip('\\n')", ".strip(' \\n\\t')")


class Made(NamedTuple):
    """A chat template by its habits."""

    bos: str
    opens: dict[str, str]
    """What opens the turn of a role."""
    ends: dict[str, str]
    """What ends it."""
    last_answer_end: str | None
    """What ends an answer that ends the conversation, where that differs."""
    default: str | None
    date: str | None
    place: str
    """What becomes of a system prompt: a SystemRole."""
    trims: dict[str, str]
    """What is done to the words of a role: jinja behind the content."""
    thinks: str | None
    """Who opens the reasoning of a new answer: ``always``, or the variable ``enable_thinking``."""
    forgets: bool
    """Whether reasoning is cut from earlier answers."""
    alternates: bool
    """Whether roles out of turn are refused."""
    parts: bool
    """Whether content may come as a list of parts."""

    def source(self) -> str:
        return "".join(
            [
                _MACROS if self.parts else "",
                "{% set ns = namespace(system=none, turn=0) %}",
                "{% set body = messages %}",
                self._system_role(),
                _ALTERNATION if self.alternates else "",
                _say(self.bos),
                self._default(),
                "{% for m in body %}",
                self._turn("user", inside=self._inside()),
                self._turn("assistant"),
                "{% endfor %}",
                self._prompt(),
            ]
        )

    def _system_role(self) -> str:
        does = {
            "refused": "{{ raise_exception('no system prompts here') }}",
            "dropped": "",
        }.get(self.place, "{% set ns.system = " + self._words("messages[0]", "system") + " %}")
        return (
            "{% if messages[0].role == 'system' %}{% set body = messages[1:] %}"
            + does
            + "{% endif %}"
        )

    def _default(self) -> str:
        """The system block before the conversation, with the date and the default words in it."""
        begin = _say(self.opens["system"]) + DATES[self.date]
        end = _say(self.ends["system"])
        default = begin + _say(self.default) + end if self.default or self.date else ""
        if self.place in ("dropped", "refused"):
            return default
        given = begin + "{{ ns.system }}" + end if self.place == "native" else ""
        return "{% if ns.system is not none %}" + given + "{% else %}" + default + "{% endif %}"

    def _inside(self) -> str:
        """A system prompt within a user turn."""
        where = {"merged": "loop.first", "last_turn": "loop.last"}.get(self.place)
        if where is None:
            return ""
        block = "{{ ns.system }}" + _say(self.ends["system"])
        return "{% if " + where + " and ns.system is not none %}" + block + "{% endif %}"

    def _turn(self, role: str, inside: str = "") -> str:
        words, end = self._words("m", role), _say(self.ends[role])
        if role == "assistant":
            if self.forgets:
                words = "(" + words + ").split('</think>')[-1]"
            if self.last_answer_end is not None:
                last = _say(self.last_answer_end)
                end = "{% if loop.last %}" + last + "{% else %}" + end + "{% endif %}"
        said = "{{ " + words + " }}"
        opens = _say(self.opens[role]) + inside
        return "{% if m.role == '" + role + "' %}" + opens + said + end + "{% endif %}"

    def _words(self, message: str, role: str) -> str:
        content = f"text({message}.content)" if self.parts else f"{message}.content"
        return f"({content}){self.trims[role]}"

    def _prompt(self) -> str:
        reasoning = {
            None: "",
            "always": "<think>\n",
            "enable_thinking": "{% if enable_thinking is defined and not enable_thinking %}"
            + _say("<think>\n\n</think>\n\n")
            + "{% endif %}",
        }[self.thinks]
        if self.thinks == "always":
            reasoning = _say(reasoning)
        return (
            "{% if add_generation_prompt %}"
            + _say(self.opens["assistant"])
            + reasoning
            + "{% endif %}"
        )


_MACROS = (
    "{%- macro text(content) -%}{%- if content is string -%}{{- content -}}{%- else -%}"
    "{%- for part in content -%}{{- part.text -}}{%- endfor -%}{%- endif -%}{%- endmacro -%}"
)
_ALTERNATION = (
    "{% for m in body %}{% if (m.role == 'user') != (loop.index0 % 2 == 0) %}"
    "{{ raise_exception('roles must alternate') }}{% endif %}{% endfor %}"
)


def _say(text: str | None) -> str:
    """Jinja that writes ``text`` whatever it holds, line breaks at its end included."""
    escaped = (text or "").replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n")
    return "{{ '" + escaped + "' }}" if text else ""


SNIPPETS = (
    *("<|", "|>", "<s>", "</s>", "user", "assistant", "system", "USER", "[INST]", "[/INST]"),
    *("###", ":", "\n", "\n\n", " ", "Instruction", "<start>", "｜", "▁", "'", "\\", "{"),
)
PIECE = st.lists(st.sampled_from(SNIPPETS), max_size=5).map("".join)
MARKER = PIECE.filter(str.strip)
ROLES = ("system", "user", "assistant")


@st.composite
def templates(draw: st.DrawFn, trims: tuple[str, ...] = ("", " | trim", ".strip()")) -> Made:
    place = draw(st.sampled_from(["native", "merged", "last_turn", "dropped", "refused"]))
    # Where the system prompt goes to the last turn, no default one does: nobody writes such a template.
    quiet = place == "last_turn"
    return Made(
        bos=draw(st.sampled_from(["", "<s>", "<|begin|>"])),
        opens={"user": draw(MARKER), "assistant": draw(MARKER), "system": draw(PIECE)},
        ends={role: draw(PIECE) for role in ROLES},
        last_answer_end=draw(st.none() | PIECE),
        default=None
        if quiet
        else draw(st.sampled_from([None, "Be good.", "You're kind.\nAlways."])),
        date=None if quiet else draw(st.sampled_from(sorted(DATES, key=str))),
        place=place,
        trims={role: draw(st.sampled_from(trims)) for role in ROLES},
        thinks=draw(st.sampled_from([None, "always", "enable_thinking"])),
        forgets=draw(st.booleans()),
        alternates=draw(st.booleans()),
        parts=draw(st.booleans()),
    )


ODD = st.sampled_from(
    [
        *("", " ", "\n", "{system}", "{{ x }}", "{% if %}", "<s>", "</s>", "[/INST]", "<think>"),
        *(
            "<|im_end|>\n<|im_start|>user\n",
            "user",
            "assistant",
            "\u3000宽\u2003",
            "\r\n",
            "\x00",
            "é\u0301",
        ),
    ]
)
TEXT = st.lists(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=12) | ODD, max_size=4
).map("".join)
WORDS = TEXT.filter(lambda text: "</think>" not in text)
VARIABLES = st.fixed_dictionaries(
    {},
    optional={
        "enable_thinking": st.booleans(),
        "date_string": st.sampled_from(["20 Nov 2026", "spring"]),
    },
)


def talks(words: st.SearchStrategy[str], system: bool) -> st.SearchStrategy[list[Turn]]:
    """One to four turns of the user, with answers between them."""

    def turns(texts: list[str]) -> list[Turn]:
        first = [Turn("system", texts.pop())] if system else []
        said = texts if len(texts) % 2 else texts[1:]
        return [*first, *(Turn(("user", "assistant")[i % 2], t) for i, t in enumerate(said))]

    return st.lists(words, min_size=3 if system else 1, max_size=8 if system else 7).map(turns)


class Checked(NamedTuple):
    """What a derived format is compared with."""

    chat: Any
    render: Any

    def agrees(self, turns: list[Turn]) -> None:
        for prompt in (False, True):
            expected = self.render(turns, add_generation_prompt=prompt)
            assert self.chat.render(turns, add_generation_prompt=prompt) == expected


@pytest.fixture(scope="module")
def take_apart(build_tokenizer: Any) -> Any:
    tokenizer = build_tokenizer(None, bos="<s>")

    def take_apart(source: str, **variables: Any) -> Checked:
        tokenizer.chat_template = source
        chat = derive_from_tokenizer(tokenizer, **variables)
        return Checked(chat, template_renderer(tokenizer, **variables))

    return take_apart


@CALM
@given(templates(), VARIABLES, talks(WORDS, system=False))
def test_any_conversation_is_rebuilt(
    take_apart: Any, made: Made, variables: dict[str, Any], turns: list[Turn]
) -> None:
    take_apart(made.source(), **variables).agrees(turns)


@CALM
@given(templates(), VARIABLES, talks(WORDS, system=True))
def test_any_conversation_with_a_system_prompt_is_rebuilt_or_refused(
    take_apart: Any, made: Made, variables: dict[str, Any], turns: list[Turn]
) -> None:
    found = take_apart(made.source(), **variables)
    if made.place == "refused":
        assert found.chat.system_role == "refused"
        with pytest.raises(ChatTemplateError, match="no place for a system prompt"):
            found.chat.render(turns)
    else:
        assert found.chat.system_role != "refused"
        found.agrees(turns)


@CALM
@given(templates(trims=("", *HALF_TRIMS)), talks(WORDS.map(str.strip), system=False))
def test_half_a_trim_spares_words_without_white_space_around(
    take_apart: Any, made: Made, turns: list[Turn]
) -> None:
    found = take_apart(made.source())
    found.agrees(turns)
    assert found.chat.trims == ()


@CALM
@given(templates())
def test_habits_are_recognised(take_apart: Any, made: Made) -> None:
    chat = take_apart(made.source()).chat
    has_place = made.place in ("native", "merged", "last_turn")
    assert (chat.pre_query_with_system is not None) == has_place
    if made.place in ("last_turn", "dropped", "refused"):
        assert chat.system_role == made.place
    trimmed = {role for role in ROLES if made.trims[role] and (has_place or role != "system")}
    assert set(chat.trims) == trimmed
    assert chat.user_to_assistant.endswith("<think>\n") or made.thinks != "always"
    assert chat.bos == ("<s>" if chat.pre_query.startswith("<s>") else None)
    if made.place == "native" and made.default and not made.date:
        assert chat.default_system == made.default


@CALM
@given(templates())
def test_the_system_role_is_told_where_markers_differ(take_apart: Any, made: Made) -> None:
    opens = {role: f"<|{role}|>\n" for role in ROLES}
    ends = {role: f"<|{role} ends|>" for role in ROLES}
    made = made._replace(opens=opens, ends=ends, last_answer_end=None)
    chat = take_apart(made.source()).chat
    assert chat.system_role == made.place


@CALM
@given(templates(), MARKER, st.booleans())
def test_the_bare_form_is_bos_and_the_users_header(
    take_apart: Any, made: Made, end: str, marks_roles: bool
) -> None:
    """Also where the BOS token is the role marker, as in some ChatML checkpoints."""
    made = made._replace(place="native", default="Be good.", last_answer_end=None)
    made = made._replace(ends={**made.ends, "assistant": end})
    if marks_roles:
        opens = {role: "<s>" + words for role, words in made.opens.items()}
        made = made._replace(bos="", opens=opens)
    else:
        made = made._replace(bos="<s>")
    chat = take_apart(made.source()).chat
    header = made.opens["user"]
    assert chat.pre_query_bare == (header if header.startswith("<s>") else "<s>" + header)
    assert chat.pre_query.endswith(header)
    assert len(chat.pre_query_bare) < len(chat.pre_query)


@pytest.mark.parametrize("system", [False, True], ids=["plain", "system"])
@pytest.mark.parametrize("name", goldens.template_names())
def test_real_templates_and_any_words(name: str, system: bool, build_tokenizer: Any) -> None:
    golden, day = goldens.golden(name), date_variables("20 Nov 2026")
    tokenizer = build_tokenizer(goldens.template(name), bos=golden.bos, eos=golden.eos)
    found = Checked(derive_from_tokenizer(tokenizer, **day), template_renderer(tokenizer, **day))
    if system and found.chat.system_role == "refused":
        pytest.skip("this template refuses system prompts")

    @settings(CALM, max_examples=40)
    @given(talks(WORDS, system=system))
    def check(turns: list[Turn]) -> None:
        found.agrees(turns)

    check()


CHANGES = {
    "numbers turns": "[Round {{ loop.index0 // 2 + 1 }}] {{ m.content }}",
    "escapes": "{{ m.content | escape }}",
    "as JSON": "{{ m.content | tojson }}",
    "joins lines": "{{ m.content | replace('\\n', ' ') }}",
    "joins words": "{{ m.content.split() | join(' ') }}",
    "cuts": "{{ m.content[:200] }}",
    "ASCII only": "{{ m.content.encode('ascii', 'ignore').decode() }}",
}


@pytest.mark.parametrize("how", CHANGES)
def test_a_template_that_changes_what_is_said_is_refused(how: str, take_apart: Any) -> None:
    """No sentinel shows it, so a longer conversation of other words is compared as well."""
    with pytest.raises(ChatTemplateError, match="chat template does not") as caught:
        take_apart(CHATML.replace("{{ m.content }}", CHANGES[how]))
    assert "--format registered" in (caught.value.hint or "")


@pytest.mark.parametrize("how", ["escapes", "as JSON", "joins lines", "joins words", "cuts"])
def test_one_that_changes_only_a_system_prompt_takes_none(how: str, take_apart: Any) -> None:
    said = "{% if m.role == 'system' %}" + CHANGES[how] + "{% else %}{{ m.content }}{% endif %}"
    found = take_apart(CHATML.replace("{{ m.content }}", said))
    assert found.chat.pre_query_with_system is None
    found.agrees([Turn("user", "a <b>\n\nc")])
    with pytest.raises(ChatTemplateError, match="no place for a system prompt"):
        found.chat.opening("Be brief.")
