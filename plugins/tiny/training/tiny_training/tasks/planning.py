"""Planning: trips, study plans, meals, events, packing."""

from collections.abc import Iterable
from random import Random

from tiny_training.expectations import Items
from tiny_training.knowledge.plans import EVENTS, LUGGAGE, MEALS, SIGHTS, STUDY_TOPICS
from tiny_training.language import article, bullets, capital, numbered
from tiny_training.slots import Choice
from tiny_training.task import Answer, TaskGroup, Values

from .common import RELATIVE

PLANNING = TaskGroup("Planning")
THREE_TO_FIVE = Choice(["3", "4", "5"])


def by_day(lines: Iterable[str]) -> str:
    """One line for each day."""
    return "\n".join(f"Day {day}: {line}." for day, line in enumerate(lines, start=1))


@PLANNING.task(
    "Plan a {days}-day trip to {city}.",
    "Create a {days}-day itinerary for {city}.",
    "I am visiting {city} for {days} days. Can you make a plan?",
    "Help me plan {days} days in {city}.",
    "My {relative} and I have {days} days in {city}. What should we do each day?",
    weight=1.6,
    slots={"days": Choice(["2", "3"]), "city": Choice(SIGHTS), "relative": RELATIVE},
)
def trip(given: Values, rng: Random) -> Answer:
    count = 2 * int(given.days)
    sights = rng.sample(SIGHTS[given.city], count)
    lines = (f"{capital(sights[i])} and {sights[i + 1]}" for i in range(0, count, 2))
    text = f"Here is a {given.days}-day plan for {given.city}:\n{by_day(lines)}"
    return Answer(text, Items(SIGHTS[given.city], count))


@PLANNING.task(
    "Make a {days}-day study plan for {subject}.",
    "Create a study schedule to learn {subject} in {days} days.",
    "How can I study {subject} in {days} days? Give me a plan.",
    "My {relative} wants to learn {subject} in {days} days. Please make a plan.",
    weight=1.2,
    slots={"days": THREE_TO_FIVE, "subject": Choice(STUDY_TOPICS), "relative": RELATIVE},
)
def study_plan(given: Values, rng: Random) -> Answer:
    topics = STUDY_TOPICS[given.subject][: int(given.days)]
    lines = by_day(f"Study {topic}" for topic in topics)
    text = f"Here is a {given.days}-day study plan for {given.subject}:\n{lines}"
    return Answer(text, Items(topics, len(topics)))


@PLANNING.task(
    "Create a {days}-day {diet} meal plan.",
    "Plan {days} days of {diet} dinners for me.",
    "I need a {diet} meal plan for {days} days.",
    "My {relative} needs a {diet} meal plan for {days} days.",
    slots={"days": THREE_TO_FIVE, "diet": Choice(MEALS), "relative": RELATIVE},
)
def meal_plan(given: Values, rng: Random) -> Answer:
    meals = rng.sample(MEALS[given.diet], int(given.days))
    lines = by_day(map(capital, meals))
    text = f"Here is a {given.days}-day {given.diet} meal plan:\n{lines}"
    return Answer(text, Items(MEALS[given.diet], len(meals)))


@PLANNING.task(
    "Help me plan {event|a}.",
    "What steps do I need to plan {event|a}?",
    "Make a checklist for {event|a}.",
    "I want to organize {event|a}. Where do I start?",
    "My {relative} and I are planning {event|a}. What do we have to do?",
    weight=1.2,
    slots={"event": Choice(EVENTS), "relative": RELATIVE},
)
def event_plan(given: Values, rng: Random) -> Answer:
    steps = EVENTS[given.event]
    text = f"Here is a plan for {article(given.event)}:\n{numbered(steps)}"
    return Answer(text, Items(steps, len(steps)))


@PLANNING.task(
    "What should I pack for {journey|a}?",
    "Make a packing list for {journey|a}.",
    "Create a packing list with {count} items for {journey|a}.",
    "My {relative} is going on {journey|a}. Make a packing list.",
    slots={"journey": Choice(LUGGAGE), "count": Choice(["4", "5"]), "relative": RELATIVE},
)
def packing_list(given: Values, rng: Random) -> Answer:
    count = int(given.count or 5)
    chosen = rng.sample(LUGGAGE[given.journey], count)
    text = f"Packing list for {article(given.journey)}:\n{bullets(map(capital, chosen))}"
    return Answer(text, Items(LUGGAGE[given.journey], count))
