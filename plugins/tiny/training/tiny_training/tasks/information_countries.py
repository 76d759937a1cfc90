"""Information seeking: countries."""

from random import Random

from tiny_training.expectations import Contains
from tiny_training.knowledge.geography import COUNTRIES
from tiny_training.slots import Choice
from tiny_training.task import Answer, TaskGroup, Values

COUNTRY_FACTS = TaskGroup("Information seeking")
COUNTRY = {country.name: country for country in COUNTRIES}
BY_CAPITAL = {country.capital: country for country in COUNTRIES}
ONE_COUNTRY = {"country": Choice(COUNTRY)}


@COUNTRY_FACTS.task(
    "What is the capital of {country}?",
    "Which city is the capital of {country}?",
    "Tell me the capital of {country}.",
    "What's the capital city of {country}?",
    "Name the capital of {country}.",
    "Do you know the capital of {country}?",
    "Which city is the seat of government in {country}?",
    weight=2.0,
    slots=ONE_COUNTRY,
    short=lambda given: COUNTRY[given.country].capital,
    follow_up=("{country}",),
)
def capital_of(given: Values, rng: Random) -> Answer:
    city = COUNTRY[given.country].capital
    return Answer(f"The capital of {given.country} is {city}.", Contains(city))


@COUNTRY_FACTS.task(
    "Which country has {city} as its capital?",
    "{city} is the capital of which country?",
    "In which country is {city}?",
    "To which country does the city of {city} belong?",
    weight=1.2,
    slots={"city": Choice(BY_CAPITAL)},
    follow_up=("{city}",),
)
def country_of(given: Values, rng: Random) -> Answer:
    country = BY_CAPITAL[given.city].name
    return Answer(f"{given.city} is the capital of {country}.", Contains(f"capital of {country}"))


@COUNTRY_FACTS.task(
    "On which continent is {country}?",
    "Which continent does {country} belong to?",
    "Where is {country} located?",
    "Is {country} in Europe or on another continent?",
    "In what part of the world is {country}?",
    slots=ONE_COUNTRY,
    follow_up=("{country}",),
)
def continent(given: Values, rng: Random) -> Answer:
    name = COUNTRY[given.country].continent
    return Answer(f"{given.country} is in {name}.", Contains(f"is in {name}"))


@COUNTRY_FACTS.task(
    "What language do people speak in {country}?",
    "Which language is spoken in {country}?",
    "What is the main language of {country}?",
    "I am traveling to {country}. Which language do people speak there?",
    slots=ONE_COUNTRY,
    follow_up=("{country}",),
)
def language(given: Values, rng: Random) -> Answer:
    name = COUNTRY[given.country].language
    return Answer(f"The main language of {given.country} is {name}.", Contains(f"is {name}"))


@COUNTRY_FACTS.task(
    "What is the currency of {country}?",
    "Which currency is used in {country}?",
    "What money do people use in {country}?",
    "I am traveling to {country}. Which currency do I need?",
    slots=ONE_COUNTRY,
    follow_up=("{country}",),
)
def currency(given: Values, rng: Random) -> Answer:
    name = COUNTRY[given.country].currency
    return Answer(f"The currency of {given.country} is the {name}.", Contains(f"is the {name}"))


@COUNTRY_FACTS.task(
    "Tell me some facts about {country}.",
    "Give me a short overview of {country}.",
    "What should I know about {country}?",
    "Describe the country {country} in a few sentences.",
    "Write a short profile of {country}.",
    slots=ONE_COUNTRY,
)
def country_facts(given: Values, rng: Random) -> Answer:
    country = COUNTRY[given.country]
    text = (
        f"{country.name} is a country in {country.continent}. Its capital is {country.capital}. "
        f"The main language is {country.language} and the currency is the {country.currency}."
    )
    return Answer(text, Contains(country.continent, country.capital, country.language))
