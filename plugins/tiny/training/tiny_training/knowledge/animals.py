"""Animals: class, diet, home, young."""

from typing import NamedTuple

from .tables import rows


class Animal(NamedTuple):
    """One animal."""

    name: str
    kind: str
    diet: str
    home: str
    baby: str
    food: str


ANIMALS = rows(
    """
cat|mammal|carnivore|homes and farms|kitten|meat and fish
dog|mammal|omnivore|homes with people|puppy|meat and grains
horse|mammal|herbivore|grasslands and farms|foal|grass and hay
cow|mammal|herbivore|farms and pastures|calf|grass
sheep|mammal|herbivore|hills and pastures|lamb|grass
goat|mammal|herbivore|mountains and farms|kid|leaves and grass
pig|mammal|omnivore|farms and forests|piglet|roots and grains
lion|mammal|carnivore|the African savanna|cub|zebras and antelopes
tiger|mammal|carnivore|Asian forests|cub|deer and wild pigs
bear|mammal|omnivore|forests and mountains|cub|berries and fish
wolf|mammal|carnivore|forests and tundra|pup|deer and rabbits
fox|mammal|omnivore|forests and fields|kit|mice and berries
rabbit|mammal|herbivore|meadows and burrows|kit|grass and carrots
elephant|mammal|herbivore|savannas and forests|calf|leaves and bark
giraffe|mammal|herbivore|the African savanna|calf|acacia leaves
zebra|mammal|herbivore|African grasslands|foal|grass
kangaroo|mammal|herbivore|Australian plains|joey|grass and shrubs
koala|mammal|herbivore|Australian forests|joey|eucalyptus leaves
panda|mammal|herbivore|Chinese bamboo forests|cub|bamboo
monkey|mammal|omnivore|tropical forests|infant|fruit and insects
bat|mammal|omnivore|caves and trees|pup|insects and fruit
whale|mammal|carnivore|the ocean|calf|krill and small fish
dolphin|mammal|carnivore|the ocean|calf|fish and squid
seal|mammal|carnivore|cold coasts|pup|fish
deer|mammal|herbivore|forests and meadows|fawn|leaves and grass
squirrel|mammal|omnivore|trees and parks|kit|nuts and seeds
camel|mammal|herbivore|deserts|calf|dry grass and shrubs
mouse|mammal|omnivore|fields and houses|pup|seeds and grains
owl|bird|carnivore|forests and barns|owlet|mice
eagle|bird|carnivore|mountains and cliffs|eaglet|fish and small animals
duck|bird|omnivore|ponds and lakes|duckling|plants and insects
swan|bird|herbivore|lakes and rivers|cygnet|water plants
chicken|bird|omnivore|farms|chick|seeds and insects
penguin|bird|carnivore|Antarctic coasts|chick|fish and krill
parrot|bird|herbivore|tropical forests|chick|seeds and fruit
ostrich|bird|omnivore|African plains|chick|plants and insects
frog|amphibian|carnivore|ponds and wetlands|tadpole|insects
toad|amphibian|carnivore|gardens and woods|tadpole|insects and worms
salamander|amphibian|carnivore|damp forests|larva|worms and insects
snake|reptile|carnivore|deserts and forests|snakelet|mice and eggs
lizard|reptile|carnivore|warm rocks and deserts|hatchling|insects
turtle|reptile|omnivore|rivers and seas|hatchling|plants and small animals
crocodile|reptile|carnivore|rivers and swamps|hatchling|fish and birds
shark|fish|carnivore|the ocean|pup|fish and seals
salmon|fish|carnivore|rivers and the sea|fry|insects and small fish
goldfish|fish|omnivore|ponds and aquariums|fry|plants and small insects
bee|insect|herbivore|meadows and hives|larva|nectar and pollen
ant|insect|omnivore|colonies in the soil|larva|seeds and insects
butterfly|insect|herbivore|gardens and meadows|caterpillar|nectar
""",
    Animal,
)

CLASS_FACTS = {
    "mammal": "feed their young with milk",
    "bird": "have feathers and lay eggs",
    "reptile": "have scales and are cold-blooded",
    "amphibian": "live both in water and on land",
    "fish": "breathe through gills",
    "insect": "have six legs and three body parts",
}

CLASS_PLURALS = {
    "mammal": "mammals",
    "bird": "birds",
    "reptile": "reptiles",
    "amphibian": "amphibians",
    "fish": "fish",
    "insect": "insects",
}
