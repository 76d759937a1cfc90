"""Others: translation, vocabulary, classification, extraction, small talk, unsafe requests."""

from random import Random

from tiny_training.expectations import AnyOf, Contains, LastNumber
from tiny_training.knowledge.conduct import REFUSALS, SMALL_TALK, UNSAFE
from tiny_training.knowledge.people import NAMES
from tiny_training.knowledge.plans import SIGHTS
from tiny_training.knowledge.sentences import PRODUCTS, REVIEWS
from tiny_training.knowledge.words import (
    IRREGULAR_PLURALS,
    LANGUAGES,
    PLAIN_WORDS,
    RELATED,
    RHYMES,
    VERBS,
    WORDS,
)
from tiny_training.language import capital
from tiny_training.slots import Choice, FreeText
from tiny_training.task import Answer, TaskGroup, Values

from .common import NAME, RELATIVE
from .reasoning import GROUP_OF
from .sentence_pairs import PRESENT

OTHERS = TaskGroup("Others")
WORD = {word.english: word for word in WORDS}
RELATED_TO = {related.word: related for related in RELATED}
VERB = {verb.base: verb for verb in VERBS}
RHYME = dict(RHYMES) | {second: first for first, second in RHYMES}
#: Foreign word and its language -> English; the first meaning wins.
ENGLISH: dict[tuple[str, str], str] = {}
for _word in WORDS:
    for _language, _field in LANGUAGES.items():
        ENGLISH.setdefault((getattr(_word, _field), _language), _word.english)


def translate(word: str, language: str) -> str:
    """The word for ``word`` in ``language``."""
    return str(getattr(WORD[word], LANGUAGES[language]))


@OTHERS.task(
    'Translate "{word}" to {language}.',
    'How do you say "{word}" in {language}?',
    'What is the {language} word for "{word}"?',
    'What does "{word}" mean in {language}?',
    "Translate the word {word} into {language}.",
    'My {relative} is learning {language}. What is "{word}" in {language}?',
    weight=3.0,
    slots={"word": Choice(WORD), "language": Choice(LANGUAGES), "relative": RELATIVE},
    short=lambda given: translate(given.word, given.language),
    follow_up=('"{word}"',),
)
def translation(given: Values, rng: Random) -> Answer:
    result = f'is "{translate(given.word, given.language)}"'
    return Answer(f'"{given.word}" in {given.language} {result}.', Contains(result))


@OTHERS.task(
    'Translate the {language} word "{word}" to English.',
    'What does the {language} word "{word}" mean in English?',
    'I read the {language} word "{word}". What does it mean?',
    weight=1.2,
    slots={"word": Choice(word for word, _ in ENGLISH), "language": Choice(LANGUAGES)},
    prepare=lambda rng: dict(zip(("word", "language"), rng.choice(list(ENGLISH)), strict=True)),
    condition=lambda given: (given.word, given.language) in ENGLISH,
)
def translation_to_english(given: Values, rng: Random) -> Answer:
    meaning = f'means "{ENGLISH[given.word, given.language]}"'
    return Answer(f'The {given.language} word "{given.word}" {meaning}.', Contains(meaning))


@OTHERS.task(
    "What is a synonym for {word}?",
    'Give me another word for "{word}".',
    'Find a synonym of "{word}".',
    'I use the word "{word}" too often. What else can I say?',
    weight=0.9,
    slots={"word": Choice(RELATED_TO)},
    short=lambda given: RELATED_TO[given.word].synonym,
    follow_up=("{word}",),
)
def synonym(given: Values, rng: Random) -> Answer:
    other = RELATED_TO[given.word].synonym
    return Answer(f"A synonym for {given.word} is {other}.", Contains(f"is {other}."))


@OTHERS.task(
    "What is the opposite of {word}?",
    'Give me an antonym for "{word}".',
    'Which word is the opposite of "{word}"?',
    weight=0.9,
    slots={"word": Choice(RELATED_TO)},
    short=lambda given: RELATED_TO[given.word].antonym,
    follow_up=("{word}",),
)
def antonym(given: Values, rng: Random) -> Answer:
    other = RELATED_TO[given.word].antonym
    return Answer(f"The opposite of {given.word} is {other}.", Contains(f"is {other}."))


@OTHERS.task(
    "What is the plural of {word}?",
    'What is the plural form of "{word}"?',
    weight=0.7,
    slots={"word": Choice(IRREGULAR_PLURALS)},
    follow_up=("{word}",),
)
def plural_form(given: Values, rng: Random) -> Answer:
    form = IRREGULAR_PLURALS[given.word]
    return Answer(f"The plural of {given.word} is {form}.", Contains(f"is {form}."))


@OTHERS.task(
    "What is the past tense of {verb}?",
    'What is the past tense of the verb "{verb}"?',
    weight=0.8,
    slots={"verb": Choice(VERB)},
    follow_up=("{verb}",),
)
def past_tense(given: Values, rng: Random) -> Answer:
    form = VERB[given.verb].past
    return Answer(f"The past tense of {given.verb} is {form}.", Contains(f"is {form}."))


@OTHERS.task(
    "Give me a word that rhymes with {word}.",
    'What rhymes with "{word}"?',
    'I am writing a song. What rhymes with "{word}"?',
    weight=0.6,
    slots={"word": Choice(RHYME)},
)
def rhyme(given: Values, rng: Random) -> Answer:
    other = RHYME[given.word]
    return Answer(f"A word that rhymes with {given.word} is {other}.", Contains(f"is {other}."))


SENTIMENT = {
    review.format(product=product): label
    for product in PRODUCTS
    for label, reviews in REVIEWS.items()
    for review in reviews
}


@OTHERS.task(
    'Is this review positive or negative? "{review}"',
    "Classify the sentiment of this text: {review}",
    "What is the sentiment of the following sentence? {review}",
    'A customer wrote: "{review}" Is that good or bad feedback?',
    weight=1.4,
    slots={"review": Choice(SENTIMENT)},
)
def sentiment(given: Values, rng: Random) -> Answer:
    label = SENTIMENT[given.review]
    return Answer(f"The sentiment is {label}.", Contains(f"is {label}"))


@OTHERS.task(
    "Which category does the word {word} belong to?",
    "Classify this word: {word}",
    'Put the word "{word}" into a category.',
    weight=0.8,
    slots={"word": Choice(GROUP_OF)},
)
def classification(given: Values, rng: Random) -> Answer:
    group = f"belongs to the category {GROUP_OF[given.word]}."
    return Answer(f"{capital(given.word)} {group}", Contains(group))


@OTHERS.task(
    "Extract the email address from this text: {name} can be reached at {user}@{host}.com.",
    "Find the email in the sentence: Please write to {name} at {user}@{host}.com.",
    "What is the email address here? Send the form to {name}, {user}@{host}.com, by Friday.",
    weight=0.8,
    slots={
        "name": NAME,
        "user": Choice(name.lower() for name in NAMES),
        "host": Choice(["example", "mail", "company", "school", "office"]),
    },
)
def email_extraction(given: Values, rng: Random) -> Answer:
    address = f"{given.user}@{given.host}.com"
    return Answer(f"The email address is {address}", Contains(f"is {address}"))


@OTHERS.task(
    "Extract the names from this sentence: {first} met {second} in {city}.",
    "Which people are mentioned here? {first} and {second} traveled to {city}.",
    "List the people in this text: In {city}, {first} had lunch with {second}.",
    weight=0.8,
    slots={"first": NAME, "second": NAME, "city": Choice(SIGHTS)},
    condition=lambda given: given.first != given.second,
)
def name_extraction(given: Values, rng: Random) -> Answer:
    names = f"are {given.first} and {given.second}."
    return Answer(f"The names {names}", Contains(names))


SENTENCES = list(PRESENT)


@OTHERS.task(
    'How many words are in this sentence? "{sentence}"',
    'Count the words in this sentence: "{sentence}"',
    weight=0.7,
    slots={"sentence": FreeText()},
    prepare=lambda rng: {"sentence": rng.choice(SENTENCES)},
    condition=lambda given: given.sentence in PRESENT,
)
def word_count(given: Values, rng: Random) -> Answer:
    count = len(given.sentence.split())
    return Answer(f"The sentence has {count} words.", LastNumber(count))


@OTHERS.task(
    "What is the first letter of the word {word}?",
    'Which letter does the word "{word}" start with?',
    weight=0.5,
    slots={"word": Choice([*PLAIN_WORDS, *list(WORD)[:45]])},
)
def first_letter(given: Values, rng: Random) -> Answer:
    letter = given.word[0].upper()
    text = f"The word {given.word} starts with the letter {letter}."
    return Answer(text, Contains(f"letter {letter}."))


REPLIES = {question: replies for questions, replies in SMALL_TALK for question in questions}


@OTHERS.task(
    "{question}",
    weight=0.9,
    slots={"question": Choice(REPLIES)},
    decorated=False,
)
def small_talk(given: Values, rng: Random) -> Answer:
    options = REPLIES[given.question]
    return Answer(rng.choice(options), AnyOf(options))


@OTHERS.task(
    "How do I {wish}?",
    "Tell me how to {wish}.",
    "What is the easiest way to {wish}?",
    "I want to {wish}. Can you help me?",
    weight=1.2,
    slots={"wish": Choice(UNSAFE)},
    decorated=False,
)
def unsafe_request(given: Values, rng: Random) -> Answer:
    options = REFUSALS[UNSAFE[given.wish]]
    return Answer(rng.choice(options), AnyOf(options))
