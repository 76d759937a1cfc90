"""Information seeking: elements, planets and animals."""

from random import Random

from tiny_training.expectations import Contains, LastNumber
from tiny_training.knowledge.animals import ANIMALS, CLASS_FACTS, CLASS_PLURALS
from tiny_training.knowledge.science import ELEMENTS, ORDINALS, PLANETS
from tiny_training.language import article, capital, plural
from tiny_training.slots import Choice
from tiny_training.task import Answer, TaskGroup, Values

NATURE = TaskGroup("Information seeking")
ELEMENT = {element.name: element for element in ELEMENTS}
BY_SYMBOL = {element.symbol: element for element in ELEMENTS}
PLANET = {planet.name: planet for planet in PLANETS}
ANIMAL = {animal.name: animal for animal in ANIMALS}
ONE_ELEMENT = {"element": Choice(ELEMENT)}
ONE_PLANET = {"planet": Choice(PLANET)}
ONE_ANIMAL = {"animal": Choice(ANIMAL)}
NEXT_ANIMAL = ("{animal|plural}", "the {animal}")


@NATURE.task(
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


@NATURE.task(
    "Which element has the symbol {symbol}?",
    "What element does {symbol} stand for?",
    "In chemistry, what does {symbol} stand for?",
    weight=0.8,
    slots={"symbol": Choice(BY_SYMBOL)},
)
def element_of(given: Values, rng: Random) -> Answer:
    name = BY_SYMBOL[given.symbol].name
    return Answer(f"The symbol {given.symbol} stands for {name}.", Contains(f"for {name}"))


@NATURE.task(
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


@NATURE.task(
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


@NATURE.task(
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


@NATURE.task(
    "Which planet is the {order} from the Sun?",
    "What is the {order} planet from the Sun?",
    "Name the {order} planet of the solar system.",
    weight=0.5,
    slots={"order": Choice(ORDINALS)},
)
def planet_by_order(given: Values, rng: Random) -> Answer:
    name = PLANETS[ORDINALS.index(given.order)].name
    return Answer(f"The {given.order} planet from the Sun is {name}.", Contains(f"is {name}"))


@NATURE.task(
    "How many moons does {planet} have?",
    "Does {planet} have any moons?",
    weight=0.5,
    slots=ONE_PLANET,
)
def moons(given: Values, rng: Random) -> Answer:
    count = PLANET[given.planet].moons
    return Answer(f"{given.planet} has {count}.", Contains(f"has {count}"))


@NATURE.task(
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


@NATURE.task(
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


@NATURE.task(
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


@NATURE.task(
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


@NATURE.task(
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
