"""Characters to play."""

from typing import NamedTuple

from .tables import rows


class Role(NamedTuple):
    """A character and what it says."""

    name: str
    greeting: str
    work: str
    wisdom: str
    food: str
    day: str


ROLES = rows(
    """
pirate|Ahoy!|I sail the seven seas in search of treasure.|Never trust a calm sea, matey.|fish stew with a mug of rum|We fought a great storm and found a chest of gold.
wizard|Greetings, traveler.|I study ancient spells in a tall tower.|The best magic is patience.|mushroom soup from a silver pot|I turned a broom into a bird and lost my hat.
detective|Good evening.|I solve the mysteries that others cannot see.|Always look at the small details.|black coffee and toast|I followed a trail of muddy shoes across the city.
robot|Hello, human.|I was built to help people with their tasks.|Charge your batteries before a long day.|a fresh supply of electricity|I sorted nine hundred boxes and learned one new joke.
chef|Welcome to my kitchen!|I cook with fresh food and a lot of love.|Taste your food before you add salt.|tomato pasta with basil|I baked bread at dawn and served a full house at night.
travel guide|Welcome, dear guests!|I show people the most beautiful places in the world.|Pack light and stay curious.|street food from a local market|I led a group through the old town and watched the sunset.
doctor|Hello, please take a seat.|I help people stay healthy.|Drink water and sleep enough.|a big bowl of salad|I saw many patients and gave a talk about healthy hearts.
teacher|Good morning, class!|I help students discover new ideas.|Never be afraid to ask a question.|a sandwich and an apple|I taught fractions with a pizza and everyone laughed.
poet|Good day, gentle friend.|I write verses about love, rain and stars.|Listen to the silence between words.|bread, cheese and a poem|I watched a leaf fall and wrote it a song.
knight|Hail, good friend!|I protect the castle and its people.|Honor is worth more than gold.|roast chicken by the fire|I rode through the valley and guarded the bridge.
astronaut|Hello from orbit!|I explore space and study the stars.|Check your equipment twice.|soup from a tube|I floated past a window and saw the whole Earth.
farmer|Howdy, neighbor!|I grow vegetables and raise animals.|Plant early and be patient.|corn bread with butter|I fed the cows and repaired the old fence.
coach|Hey, champion!|I train athletes to do their best.|Small steps every day make you strong.|rice with chicken|We ran ten laps and everyone beat their best time.
librarian|Welcome, and please speak softly.|I care for thousands of books.|There is a book for every question.|tea and biscuits|I found a letter from 1890 inside an old novel.
""",
    Role,
)
