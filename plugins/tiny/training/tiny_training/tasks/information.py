"""Information seeking: countries, elements, planets, animals, terms and common questions."""

from random import Random

from ..expectations import Contains, Items, LastNumber
from ..knowledge.animals import ANIMALS, CLASS_FACTS, CLASS_PLURALS
from ..knowledge.culture import AUTHORS, DIFFERENCES, FACTS, INVENTIONS
from ..knowledge.geography import COUNTRIES
from ..knowledge.how_to import HOW_TO
from ..knowledge.quantities import MONTH_DAYS
from ..knowledge.science import COLOR_MIXES, ELEMENTS, ORDINALS, PLANETS, TERMS
from ..language import article, capital, numbered, plural
from ..slots import Choice
from ..task import Answer, TaskGroup, Values

INFORMATION = TaskGroup("Information seeking")

COUNTRY = {country.name: country for country in COUNTRIES}
BY_CAPITAL = {country.capital: country for country in COUNTRIES}
ELEMENT = {element.name: element for element in ELEMENTS}
BY_SYMBOL = {element.symbol: element for element in ELEMENTS}
PLANET = {planet.name: planet for planet in PLANETS}
ANIMAL = {animal.name: animal for animal in ANIMALS}
TERM = {term.name: term for term in TERMS}
INVENTION = {invention.name: invention for invention in INVENTIONS}
DIFFERENCE = {difference.first: difference for difference in DIFFERENCES}
MIXES = {(first, second): mix for first, second, mix in COLOR_MIXES}
MIXES |= {(second, first): mix for first, second, mix in COLOR_MIXES}
MONTHS = list(MONTH_DAYS)

ONE_COUNTRY = {"country": Choice(COUNTRY)}
ONE_ELEMENT = {"element": Choice(ELEMENT)}
ONE_PLANET = {"planet": Choice(PLANET)}
ONE_ANIMAL = {"animal": Choice(ANIMAL)}
ONE_INVENTION = {"invention": Choice(INVENTION)}
ONE_MONTH = {"month": Choice(MONTHS)}
NEXT_ANIMAL = ("{animal|plural}", "the {animal}")


@INFORMATION.task(
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


@INFORMATION.task(
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


@INFORMATION.task(
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


@INFORMATION.task(
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


@INFORMATION.task(
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


@INFORMATION.task(
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


@INFORMATION.task(
    "What is the chemical symbol of {element}?",
    "What is the symbol for {element}?",
    "Which symbol stands for {element} in the periodic table?",
    "How is {element} written in the periodic table?",
    slots=ONE_ELEMENT,
    short=lambda given: ELEMENT[given.element].symbol,
    follow_up=("{element}",),
)
def symbol(given: Values, rng: Random) -> Answer:
    sign = ELEMENT[given.element].symbol
    return Answer(f"The chemical symbol of {given.element} is {sign}.", Contains(f"is {sign}."))


@INFORMATION.task(
    "Which element has the symbol {symbol}?",
    "What element does {symbol} stand for?",
    "In chemistry, what does {symbol} stand for?",
    weight=0.8,
    slots={"symbol": Choice(BY_SYMBOL)},
)
def element_of(given: Values, rng: Random) -> Answer:
    name = BY_SYMBOL[given.symbol].name
    return Answer(f"The symbol {given.symbol} stands for {name}.", Contains(f"for {name}"))


@INFORMATION.task(
    "What is the atomic number of {element}?",
    "How many protons does {element} have?",
    "Which atomic number does {element} have?",
    weight=0.9,
    slots=ONE_ELEMENT,
    short=lambda given: ELEMENT[given.element].number,
)
def atomic_number(given: Values, rng: Random) -> Answer:
    number = ELEMENT[given.element].number
    return Answer(f"The atomic number of {given.element} is {number}.", LastNumber(int(number)))


@INFORMATION.task(
    "What is {element} used for?",
    "Name a common use of {element}.",
    "Where do we use {element}?",
    "Why is {element} useful?",
    weight=0.8,
    slots=ONE_ELEMENT,
)
def element_use(given: Values, rng: Random) -> Answer:
    use = ELEMENT[given.element].use
    return Answer(f"{capital(given.element)} is used for {use}.", Contains(use))


@INFORMATION.task(
    "Tell me about the planet {planet}.",
    "What is {planet} known for?",
    "Describe the planet {planet}.",
    "What kind of planet is {planet}?",
    "Give me some facts about the planet {planet}.",
    weight=0.8,
    slots=ONE_PLANET,
)
def planet(given: Values, rng: Random) -> Answer:
    planet = PLANET[given.planet]
    order = ORDINALS[int(planet.position) - 1]
    text = (
        f"{planet.name} is {planet.description}. "
        f"It is the {order} planet from the Sun and has {planet.moons}."
    )
    return Answer(text, Contains(planet.description, f"the {order} planet"))


@INFORMATION.task(
    "Which planet is the {order} from the Sun?",
    "What is the {order} planet from the Sun?",
    "Name the {order} planet of the solar system.",
    weight=0.5,
    slots={"order": Choice(ORDINALS)},
)
def planet_by_order(given: Values, rng: Random) -> Answer:
    name = PLANETS[ORDINALS.index(given.order)].name
    return Answer(f"The {given.order} planet from the Sun is {name}.", Contains(f"is {name}"))


@INFORMATION.task(
    "How many moons does {planet} have?",
    "Does {planet} have any moons?",
    weight=0.5,
    slots=ONE_PLANET,
)
def moons(given: Values, rng: Random) -> Answer:
    count = PLANET[given.planet].moons
    return Answer(f"{given.planet} has {count}.", Contains(f"has {count}"))


@INFORMATION.task(
    "Is {animal|a} a mammal, a bird or something else?",
    "What kind of animal is {animal|a}?",
    "To which animal group does the {animal} belong?",
    "Which class of animals does {animal|a} belong to?",
    slots=ONE_ANIMAL,
    follow_up=NEXT_ANIMAL,
)
def animal_class(given: Values, rng: Random) -> Answer:
    kind = ANIMAL[given.animal].kind
    fact = f"{capital(CLASS_PLURALS[kind])} {CLASS_FACTS[kind]}."
    return Answer(f"The {given.animal} is {article(kind)}. {fact}", Contains(f"is {article(kind)}"))


@INFORMATION.task(
    "What do {animal|plural} eat?",
    "What does {animal|a} eat?",
    "What is the diet of the {animal}?",
    "Which food do {animal|plural} need?",
    weight=1.1,
    slots=ONE_ANIMAL,
    follow_up=NEXT_ANIMAL,
)
def animal_food(given: Values, rng: Random) -> Answer:
    animal = ANIMAL[given.animal]
    text = f"{capital(plural(animal.name))} mainly eat {animal.food}. They are {animal.diet}s."
    return Answer(text, Contains(animal.food))


@INFORMATION.task(
    "Where do {animal|plural} live?",
    "What is the habitat of the {animal}?",
    "Where can I find {animal|plural} in nature?",
    "In what kind of place does {animal|a} live?",
    slots=ONE_ANIMAL,
    follow_up=NEXT_ANIMAL,
)
def animal_home(given: Values, rng: Random) -> Answer:
    home = ANIMAL[given.animal].home
    preposition = "on" if home.startswith(("cold coasts", "Antarctic", "warm")) else "in"
    text = f"{capital(plural(given.animal))} live {preposition} {home}."
    return Answer(text, Contains(home))


@INFORMATION.task(
    "What is a baby {animal} called?",
    "What do you call a young {animal}?",
    "What is the name for a baby {animal}?",
    weight=0.9,
    slots=ONE_ANIMAL,
    follow_up=("{animal|a}",),
)
def animal_baby(given: Values, rng: Random) -> Answer:
    baby = article(ANIMAL[given.animal].baby)
    return Answer(f"A baby {given.animal} is called {baby}.", Contains(f"called {baby}"))


@INFORMATION.task(
    "Tell me about {animal|plural}.",
    "Write a short description of {animal|a}.",
    "Give me some facts about {animal|plural}.",
    "What is {animal|a}?",
    "I want to know more about {animal|plural}.",
    slots=ONE_ANIMAL,
)
def animal_facts(given: Values, rng: Random) -> Answer:
    animal = ANIMAL[given.animal]
    text = (
        f"{capital(article(animal.name))} is {article(animal.kind)}. It eats {animal.food} "
        f"and can be found in {animal.home}. A baby {animal.name} is called {article(animal.baby)}."
    )
    return Answer(text, Contains(animal.kind, animal.food))


@INFORMATION.task(
    "What is {term}?",
    "Define {term}.",
    "Can you explain what {term} is?",
    "Explain {term} in simple terms.",
    "What does {term} mean?",
    "Give me a short definition of {term}.",
    "I do not understand {term}. Can you explain it?",
    "How would you explain {term} to a child?",
    "My teacher talked about {term} today. What is it?",
    "Describe {term} in one or two sentences.",
    weight=2.5,
    slots={"term": Choice(TERM)},
)
def definition(given: Values, rng: Random) -> Answer:
    term = TERM[given.term]
    text = f"{capital(term.name)} is {term.definition}. {term.example}"
    return Answer(text, Contains(term.definition))


@INFORMATION.task(
    "Who invented {invention}?",
    "Who is the inventor of {invention}?",
    "Which person created {invention}?",
    weight=0.7,
    slots=ONE_INVENTION,
)
def inventor(given: Values, rng: Random) -> Answer:
    invention = INVENTION[given.invention]
    maker = f"was invented by {invention.inventor}"
    return Answer(f"{capital(invention.name)} {maker} in {invention.year}.", Contains(maker))


@INFORMATION.task(
    "When was {invention} invented?",
    "In which year was {invention} created?",
    weight=0.5,
    slots=ONE_INVENTION,
)
def invention_year(given: Values, rng: Random) -> Answer:
    year = INVENTION[given.invention].year
    return Answer(f"{capital(given.invention)} was invented in {year}.", LastNumber(int(year)))


@INFORMATION.task(
    "Who wrote {book}?",
    "Who is the author of {book}?",
    "Which author wrote the book {book}?",
    "I am reading {book}. Who wrote it?",
    weight=0.9,
    slots={"book": Choice(AUTHORS)},
    short=lambda given: AUTHORS[given.book],
    follow_up=("{book}",),
)
def author(given: Values, rng: Random) -> Answer:
    name = AUTHORS[given.book]
    return Answer(f"{given.book} was written by {name}.", Contains(f"by {name}"))


@INFORMATION.task(
    "What is the difference between {first} and {second}?",
    "How is {first} different from {second}?",
    "Explain the difference between {first} and {second}.",
    "Compare {first} and {second}.",
    "I always mix up {first} and {second}. What is the difference?",
    weight=1.1,
    slots={
        "first": Choice(DIFFERENCE),
        "second": Choice(difference.second for difference in DIFFERENCES),
    },
    prepare=lambda rng: rng.choice(DIFFERENCES)._asdict(),
    condition=lambda given: DIFFERENCE[given.first].second == given.second,
)
def difference(given: Values, rng: Random) -> Answer:
    text = DIFFERENCE[given.first].explanation
    return Answer(text, Contains(text))


@INFORMATION.task(
    "{question}",
    "{question} Please explain.",
    "Can you answer this? {question}",
    "In one sentence: {question}",
    weight=2.0,
    slots={"question": Choice(FACTS)},
)
def fact(given: Values, rng: Random) -> Answer:
    text = FACTS[given.question]
    return Answer(text, Contains(text))


@INFORMATION.task(
    "How many days are in {month}?",
    "How many days does {month} have?",
    weight=0.5,
    slots=ONE_MONTH,
    short=lambda given: str(MONTH_DAYS[given.month]),
)
def days_in_month(given: Values, rng: Random) -> Answer:
    days = MONTH_DAYS[given.month]
    ending = ", or 29 in a leap year." if days == 28 else "."
    return Answer(f"{given.month} has {days} days{ending}", Contains(f"has {days} days"))


@INFORMATION.task(
    "Which month comes after {month}?",
    "What month follows {month}?",
    weight=0.4,
    slots=ONE_MONTH,
)
def next_month(given: Values, rng: Random) -> Answer:
    following = MONTHS[(MONTHS.index(given.month) + 1) % 12]
    text = f"The month after {given.month} is {following}."
    return Answer(text, Contains(f"is {following}"))


@INFORMATION.task(
    "What color do you get when you mix {first} and {second}?",
    "Which color results from mixing {first} with {second}?",
    weight=0.4,
    slots={
        "first": Choice(first for first, _ in MIXES),
        "second": Choice(second for _, second in MIXES),
    },
    condition=lambda given: (given.first, given.second) in MIXES,
)
def color_mix(given: Values, rng: Random) -> Answer:
    mix = MIXES[given.first, given.second]
    return Answer(f"Mixing {given.first} and {given.second} gives {mix}.", Contains(f"gives {mix}"))


@INFORMATION.task(
    "How do I {goal}?",
    "Explain how to {goal}.",
    "Give me step-by-step instructions to {goal}.",
    "What are the steps to {goal}?",
    "I have never tried to {goal}. How does it work?",
    "Show me how to {goal}.",
    weight=1.2,
    slots={"goal": Choice(HOW_TO)},
)
def how_to(given: Values, rng: Random) -> Answer:
    steps = HOW_TO[given.goal]
    return Answer(f"Here is how to {given.goal}:\n{numbered(steps)}", Items(steps, len(steps)))
