"""Sentences with their edited forms, for the Editing category. Built from the sentence tables."""

from tiny_training.knowledge.people import NAMES
from tiny_training.knowledge.sentences import (
    HABITS,
    PAST_TIMES,
    PLURAL_SUBJECTS,
    SINGULAR_SUBJECTS,
    VERB_PHRASES,
    VerbPhrase,
)
from tiny_training.language import capital

#: Third person singular; names make copying a skill rather than a memory.
SINGULAR = [*SINGULAR_SUBJECTS, *NAMES]
SUBJECTS = [*SINGULAR, *PLURAL_SUBJECTS]
OBJECT_FORMS = {"She": "her", "He": "him"}
PLURAL_OBJECTS = ("the neighbors", "the birds", "the plants", "the children")


def is_singular(subject: str) -> bool:
    """Whether the verb takes the form of the third person singular."""
    return subject not in PLURAL_SUBJECTS


def present(subject: str, verb: VerbPhrase) -> str:
    """The right present form of ``verb`` for ``subject``."""
    return verb.third if is_singular(subject) else verb.base


def inside(subject: str) -> str:
    """``subject`` as it is written inside a sentence."""
    keeps_capital = subject == "I" or subject in NAMES
    return subject if keeps_capital else subject[0].lower() + subject[1:]


def present_sentences() -> dict[str, tuple[str, VerbPhrase, str]]:
    """Present-tense sentence -> its subject, verb phrase and the rest after the object."""
    return {
        f"{subject} {present(subject, verb)} {verb.object}{when}.": (subject, verb, when)
        for subject in SUBJECTS
        for verb in VERB_PHRASES
        for when in ("", *(f" {habit}" for habit in HABITS))
    }


def grammar_mistakes() -> dict[str, str]:
    """Sentence with a wrong verb form -> the right sentence."""
    result = {}
    for subject in SUBJECTS:
        for verb in VERB_PHRASES:
            right = present(subject, verb)
            wrong = verb.base if is_singular(subject) else verb.third
            for habit in HABITS:
                rest = f"{verb.object} {habit}."
                result[f"{subject} {wrong} {rest}"] = f"{subject} {right} {rest}"
            if right != verb.past:
                for time in PAST_TIMES:
                    rest = f"{verb.object} {time}."
                    result[f"{subject} {right} {rest}"] = f"{subject} {verb.past} {rest}"
    return result


def passive_sentences() -> dict[str, str]:
    """Active past-tense sentence -> the same in the passive voice."""
    result = {}
    for subject in SINGULAR:
        for verb in VERB_PHRASES:
            if not verb.participle:
                continue
            was = "were" if verb.object in PLURAL_OBJECTS else "was"
            agent = OBJECT_FORMS.get(subject, inside(subject))
            active = f"{subject} {verb.past} {verb.object}."
            result[active] = f"{capital(verb.object)} {was} {verb.participle} by {agent}."
    return result


def unpunctuated_sentences() -> dict[str, str]:
    """Lower-case sentence without a full stop -> the right sentence."""
    cities = ("Paris", "London", "Rome", "Tokyo", "Berlin", "Cairo", "Madrid", "Vienna")
    journeys = (
        ("visited", "in May"),
        ("moved to", "last year"),
        ("lives in", "now"),
        ("flew to", "on Monday"),
    )
    right = [
        f"{name} {verb} {city} {when}."
        for name in NAMES
        for city in cities
        for verb, when in journeys
    ]
    return {sentence.lower().removesuffix("."): sentence for sentence in right}


def wordy_sentences() -> dict[str, str]:
    """Wordy sentence -> the same in fewer words."""
    reasons = (
        "the train was late",
        "it was raining",
        "the shop was closed",
        "the bus did not come",
    )
    goals = ("learn English", "save money", "meet a friend", "buy bread")
    patterns = [("{name} stayed home {} " + f"{reason}.", "because") for reason in reasons]
    for goal in goals:
        patterns.append(("{name} went to the city {} " + f"{goal}.", "to"))
        patterns.append(("{name} wants to " + goal + " {}.", "now"))
        patterns.append(("{name} will call {} we " + f"{goal}.", "if"))
    wordy = {
        "because": "due to the fact that",
        "to": "in order to",
        "now": "at this point in time",
        "if": "in the event that",
    }
    return {
        pattern.format(wordy[word], name=name): pattern.format(word, name=name)
        for name in NAMES
        for pattern, word in patterns
    }


PRESENT = present_sentences()
GRAMMAR = grammar_mistakes()
PASSIVE = passive_sentences()
UNPUNCTUATED = unpunctuated_sentences()
WORDY = wordy_sentences()
