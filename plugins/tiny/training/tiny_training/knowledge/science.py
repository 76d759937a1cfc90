"""Chemical elements, planets, scientific and everyday terms."""

from typing import NamedTuple

from .tables import rows


class Element(NamedTuple):
    """One chemical element."""

    name: str
    symbol: str
    number: str
    use: str


class Planet(NamedTuple):
    """One planet of the solar system."""

    name: str
    position: str
    description: str
    moons: str


class Term(NamedTuple):
    """A term with its definition and an example sentence."""

    name: str
    definition: str
    example: str


ELEMENTS = rows(
    """
hydrogen|H|1|fuel for rockets
helium|He|2|filling balloons
lithium|Li|3|rechargeable batteries
boron|B|5|heat resistant glass
carbon|C|6|pencils and steel
nitrogen|N|7|fertilizers
oxygen|O|8|breathing support in hospitals
fluorine|F|9|toothpaste
neon|Ne|10|bright signs
sodium|Na|11|table salt
magnesium|Mg|12|light alloys
aluminum|Al|13|cans and aircraft
silicon|Si|14|computer chips
phosphorus|P|15|matches and fertilizers
sulfur|S|16|rubber and acid production
chlorine|Cl|17|cleaning swimming pools
argon|Ar|18|light bulbs
potassium|K|19|fertilizers
calcium|Ca|20|cement and healthy bones
titanium|Ti|22|aircraft parts
chromium|Cr|24|stainless steel
manganese|Mn|25|steel production
iron|Fe|26|buildings and tools
cobalt|Co|27|batteries and blue glass
nickel|Ni|28|coins
copper|Cu|29|electrical wires
zinc|Zn|30|protecting steel from rust
silver|Ag|47|jewelry and mirrors
tin|Sn|50|coating cans
iodine|I|53|disinfectants
tungsten|W|74|light bulb filaments
platinum|Pt|78|catalytic converters
gold|Au|79|jewelry and electronics
mercury|Hg|80|old thermometers
lead|Pb|82|car batteries
uranium|U|92|nuclear power
""",
    Element,
)

PLANETS = rows(
    """
Mercury|1|the smallest planet and the closest one to the Sun|no moons
Venus|2|the hottest planet, with a thick cloudy atmosphere|no moons
Earth|3|our home planet and the only one known to have life|one moon
Mars|4|a cold, dusty planet known as the red planet|two moons
Jupiter|5|the largest planet, a gas giant with a great red storm|more than ninety moons
Saturn|6|a gas giant famous for its bright rings|more than one hundred moons
Uranus|7|an ice giant that rotates on its side|twenty-eight moons
Neptune|8|a windy ice giant and the farthest planet from the Sun|sixteen moons
""",
    Planet,
)

ORDINALS = ["first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth"]

TERMS = rows(
    """
photosynthesis|the process by which plants use sunlight, water and carbon dioxide to make food|Green leaves use it to produce sugar and oxygen.
gravity|the force that pulls objects toward each other|It keeps the planets in orbit around the Sun.
evaporation|the change of a liquid into a gas|A puddle slowly disappears on a sunny day because of it.
condensation|the change of a gas into a liquid|Water drops on a cold glass are a common example.
friction|the force that slows down objects that rub against each other|Brakes use it to stop a bicycle.
erosion|the wearing away of land by wind, water or ice|Rivers carve valleys this way.
inflation|a general rise in prices over time|When it happens, the same money buys fewer goods.
democracy|a system of government in which people vote for their leaders|Elections are its most visible part.
migration|the movement of animals or people from one place to another|Many birds do it every autumn.
evolution|the gradual change of living things over many generations|It explains why species adapt to their environment.
an ecosystem|a community of living things together with their environment|A pond with its plants, fish and insects is one.
an atom|the smallest unit of a chemical element|It has a nucleus surrounded by electrons.
a molecule|a group of atoms bonded together|Water is made of molecules with two hydrogen atoms and one oxygen atom.
energy|the ability to do work|It can be stored, moved and changed from one form to another.
electricity|the flow of electric charge|It powers lamps, computers and many machines.
magnetism|a force that attracts or repels certain metals|A compass needle moves because of it.
a volcano|an opening in the Earth from which lava, ash and gas escape|Mount Etna is a famous one.
an earthquake|a sudden shaking of the ground caused by moving plates|Strong ones can damage buildings.
a hurricane|a large rotating storm with very strong winds|It forms over warm ocean water.
climate|the usual weather of a place over many years|Deserts have a dry one.
recycling|turning used materials into new products|Old paper can become new paper this way.
biodiversity|the variety of living things in a place|Rainforests have a lot of it.
an algorithm|a step-by-step procedure for solving a problem|A recipe is a simple everyday example.
a variable|a named place in a program that stores a value|For example, x = 5 stores the number five.
a database|an organized collection of data|Shops use one to keep track of orders.
a compiler|a program that translates source code into machine code|Languages such as C need one.
recursion|a method in which a function calls itself|It is often used to compute factorials.
machine learning|a field in which computers learn patterns from data|Spam filters are a well-known use.
encryption|the process of turning information into a secret code|It protects passwords and messages.
a firewall|a system that controls network traffic for safety|It blocks unwanted connections.
an operating system|software that manages a computer and its programs|Linux and Windows are examples.
open source software|software whose source code anyone can read and change|Linux is a famous example.
a prime number|a whole number greater than 1 with exactly two divisors, 1 and itself|The numbers 2, 3, 5 and 7 are examples.
a fraction|a number that represents part of a whole|One half is written as 1/2.
an angle|the space between two lines that meet at a point|A right one measures 90 degrees.
a triangle|a shape with three sides and three angles|Its angles always add up to 180 degrees.
the perimeter|the total distance around a shape|For a square it is four times the side.
probability|a measure of how likely an event is|A fair coin has a chance of one half for heads.
an average|the sum of the values divided by how many values there are|For 2, 4 and 6 it is 4.
a metaphor|a figure of speech that describes one thing as another|Saying that time is a thief is one.
a simile|a comparison that uses like or as|As brave as a lion is one.
a haiku|a short Japanese poem with three lines|Its lines have five, seven and five syllables.
irony|a contrast between what is expected and what happens|A fire station burning down is an example.
a noun|a word that names a person, place, thing or idea|Teacher, city and happiness are examples.
a verb|a word that describes an action or state|Run, think and be are examples.
an adjective|a word that describes a noun|Red, tall and friendly are examples.
an adverb|a word that describes a verb, an adjective or another adverb|Quickly and very are examples.
a synonym|a word with nearly the same meaning as another word|Big and large are a good pair.
a budget|a plan for how to spend and save money|A monthly one helps a family avoid debt.
interest|money paid for borrowing or earned by saving|A bank pays it on a savings account.
supply and demand|the relation between how much of a product exists and how much people want it|Prices rise when many people want a scarce product.
an entrepreneur|a person who starts and runs a business|Such a person takes risks to build something new.
a tax|money people pay to the government|It pays for roads, schools and hospitals.
the immune system|the body's defense against disease|It attacks germs such as viruses.
a vaccine|a medicine that teaches the body to fight a disease|It prepares the immune system in advance.
DNA|the molecule that carries genetic information|It is found in almost every cell.
a cell|the smallest living unit of an organism|Your body has trillions of them.
a virus|a tiny agent that can infect living cells|The flu is caused by one.
a vitamin|a nutrient the body needs in small amounts|Oranges contain the one called C.
the water cycle|the movement of water between the sea, the air and the land|Rain and rivers are parts of it.
a constellation|a group of stars that forms a pattern in the sky|Orion is a famous one.
a galaxy|a huge system of stars, gas and dust|Ours is called the Milky Way.
an eclipse|an event in which one body in space blocks the light of another|The Moon covers the Sun in a solar one.
a comet|a ball of ice and dust that orbits the Sun|It grows a bright tail near the Sun.
the Renaissance|a period of great art and learning in Europe|It began in Italy in the fourteenth century.
the Industrial Revolution|the period when machines began to replace hand work|It started in Britain in the eighteenth century.
a constitution|the basic laws of a country|It says how the government works.
empathy|the ability to understand how another person feels|It helps us to be kind.
procrastination|the habit of delaying tasks|Breaking work into small steps helps against it.
meditation|a practice of calming and focusing the mind|Many people do it by watching their breath.
""",
    Term,
)

COLOR_MIXES = [
    ("red", "blue", "purple"),
    ("red", "yellow", "orange"),
    ("blue", "yellow", "green"),
    ("red", "white", "pink"),
    ("black", "white", "gray"),
    ("red", "green", "brown"),
]
