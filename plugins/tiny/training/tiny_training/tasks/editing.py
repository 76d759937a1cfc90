"""Editing: correct, change and shorten sentences."""

from collections.abc import Mapping
from random import Random
from typing import Any

from tiny_training.expectations import Contains, Verbatim
from tiny_training.knowledge.sentences import FORMAL, REQUESTS
from tiny_training.knowledge.words import MISSPELLINGS
from tiny_training.slots import Choice, FreeText
from tiny_training.task import Answer, TaskGroup, Values

from .sentence_pairs import (
    GRAMMAR,
    PASSIVE,
    PRESENT,
    UNPUNCTUATED,
    WORDY,
    inside,
    is_singular,
)

EDITING = TaskGroup("Editing")


def sentence_from(table: Mapping[str, Any]) -> dict[str, Any]:
    """Options of a task whose slot ``sentence`` is any key of ``table``."""
    sentences = list(table)
    return {
        "slots": {"sentence": FreeText()},
        "prepare": lambda rng: {"sentence": rng.choice(sentences)},
        "condition": lambda given: given.sentence in table,
    }


@EDITING.task(
    'Fix the grammar in this sentence: "{sentence}"',
    "Correct the grammar: {sentence}",
    'Please correct this sentence: "{sentence}"',
    'Is this sentence correct? "{sentence}"',
    "Proofread the following sentence: {sentence}",
    'Find the mistake: "{sentence}"',
    "My teacher says this sentence is wrong. Please fix it: {sentence}",
    weight=2.0,
    **sentence_from(GRAMMAR),
)
def grammar(given: Values, rng: Random) -> Answer:
    right = GRAMMAR[given.sentence]
    return Answer(f'The correct sentence is: "{right}"', Contains(right))


@EDITING.task(
    'Rewrite this sentence in the past tense: "{sentence}"',
    "Change this sentence to the past tense: {sentence}",
    'Put the following sentence into the past tense: "{sentence}"',
    "Past tense, please: {sentence}",
    **sentence_from(PRESENT),
)
def to_past(given: Values, rng: Random) -> Answer:
    subject, verb, when = PRESENT[given.sentence]
    text = f"{subject} {verb.past} {verb.object}{when}."
    return Answer(text, Contains(text))


@EDITING.task(
    'Rewrite this sentence in the future tense: "{sentence}"',
    "Change this sentence to the future tense: {sentence}",
    "Future tense, please: {sentence}",
    weight=0.9,
    **sentence_from(PRESENT),
)
def to_future(given: Values, rng: Random) -> Answer:
    subject, verb, when = PRESENT[given.sentence]
    text = f"{subject} will {verb.base} {verb.object}{when}."
    return Answer(text, Contains(text))


@EDITING.task(
    'Make this sentence negative: "{sentence}"',
    "Rewrite the sentence as a negative statement: {sentence}",
    "Say the opposite with not: {sentence}",
    weight=0.8,
    **sentence_from(PRESENT),
)
def to_negative(given: Values, rng: Random) -> Answer:
    subject, verb, when = PRESENT[given.sentence]
    do = "does" if is_singular(subject) else "do"
    text = f"{subject} {do} not {verb.base} {verb.object}{when}."
    return Answer(text, Contains(text))


@EDITING.task(
    'Turn this sentence into a question: "{sentence}"',
    "Change this statement into a question: {sentence}",
    "Make a question out of this: {sentence}",
    weight=0.8,
    **sentence_from(PRESENT),
)
def to_question(given: Values, rng: Random) -> Answer:
    subject, verb, when = PRESENT[given.sentence]
    do = "Does" if is_singular(subject) else "Do"
    text = f"{do} {inside(subject)} {verb.base} {verb.object}{when}?"
    return Answer(text, Contains(text))


@EDITING.task(
    'Rewrite this sentence in the passive voice: "{sentence}"',
    "Change the sentence to passive voice: {sentence}",
    "Use the passive voice: {sentence}",
    weight=0.8,
    **sentence_from(PASSIVE),
)
def to_passive(given: Values, rng: Random) -> Answer:
    text = PASSIVE[given.sentence]
    return Answer(text, Contains(text))


@EDITING.task(
    'Make this sentence more formal: "{sentence}"',
    "Rewrite this message in a formal tone: {sentence}",
    'How can I say this more professionally? "{sentence}"',
    "Rephrase the following text so that it sounds polite: {sentence}",
    "I am writing to a client. Make this formal: {sentence}",
    weight=1.2,
    slots={"sentence": Choice(FORMAL)},
)
def to_formal(given: Values, rng: Random) -> Answer:
    text = FORMAL[given.sentence]
    return Answer(text, Contains(text))


@EDITING.task(
    'Make this request more polite: "{request|capital}."',
    "Rewrite this sentence politely: {request|capital}!",
    'How do I say "{request|capital}" in a polite way?',
    'This sounds rude: "{request|capital}!" Make it polite.',
    slots={"request": Choice(REQUESTS)},
)
def to_polite(given: Values, rng: Random) -> Answer:
    text = f"Could you please {given.request}?"
    return Answer(text, Contains(text))


@EDITING.task(
    'Correct the spelling of "{word}".',
    'How do you spell "{word}" correctly?',
    'Is "{word}" spelled correctly?',
    "Fix this typo: {word}",
    'My spell checker marks "{word}". What is right?',
    slots={"word": Choice(MISSPELLINGS)},
)
def spelling(given: Values, rng: Random) -> Answer:
    right = MISSPELLINGS[given.word]
    return Answer(f'The correct spelling is "{right}".', Contains(f'"{right}"'))


@EDITING.task(
    "Add capital letters and punctuation: {sentence}",
    "Correct the capitalization in this sentence: {sentence}",
    'Rewrite this with proper capitals and a period: "{sentence}"',
    **sentence_from(UNPUNCTUATED),
)
def punctuation(given: Values, rng: Random) -> Answer:
    text = UNPUNCTUATED[given.sentence]
    return Answer(text, Verbatim(text))


@EDITING.task(
    'Make this sentence shorter: "{sentence}"',
    "Shorten the following sentence: {sentence}",
    "Rewrite this sentence with fewer words: {sentence}",
    'This is too wordy: "{sentence}" Shorten it.',
    weight=0.9,
    **sentence_from(WORDY),
)
def shorten(given: Values, rng: Random) -> Answer:
    text = WORDY[given.sentence]
    return Answer(text, Contains(text))
