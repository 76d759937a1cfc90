"""Inventions, books, differences between things, and common questions with their answers."""

from typing import NamedTuple

from .tables import pairs, rows


class Invention(NamedTuple):
    """An invention, who made it and when."""

    name: str
    inventor: str
    year: str


class Difference(NamedTuple):
    """Two things that are often confused."""

    first: str
    second: str
    explanation: str


INVENTIONS = rows(
    """
the telephone|Alexander Graham Bell|1876
the light bulb|Thomas Edison|1879
the printing press|Johannes Gutenberg|1440
the airplane|the Wright brothers|1903
dynamite|Alfred Nobel|1867
the World Wide Web|Tim Berners-Lee|1989
penicillin|Alexander Fleming|1928
the radio|Guglielmo Marconi|1895
the phonograph|Thomas Edison|1877
the electric battery|Alessandro Volta|1800
the steam locomotive|Richard Trevithick|1804
the lightning rod|Benjamin Franklin|1752
the Python programming language|Guido van Rossum|1991
the Linux kernel|Linus Torvalds|1991
the C programming language|Dennis Ritchie|1972
""",
    Invention,
)

#: Title -> author.
AUTHORS = pairs(
    """
Romeo and Juliet|William Shakespeare
Hamlet|William Shakespeare
Pride and Prejudice|Jane Austen
Emma|Jane Austen
Oliver Twist|Charles Dickens
Great Expectations|Charles Dickens
Don Quixote|Miguel de Cervantes
War and Peace|Leo Tolstoy
Anna Karenina|Leo Tolstoy
Crime and Punishment|Fyodor Dostoevsky
Moby-Dick|Herman Melville
The Odyssey|Homer
The Iliad|Homer
Frankenstein|Mary Shelley
Dracula|Bram Stoker
Les Miserables|Victor Hugo
Treasure Island|Robert Louis Stevenson
Alice in Wonderland|Lewis Carroll
The Time Machine|H. G. Wells
Jane Eyre|Charlotte Bronte
Wuthering Heights|Emily Bronte
Faust|Johann Wolfgang von Goethe
The Jungle Book|Rudyard Kipling
Around the World in Eighty Days|Jules Verne
"""
)

DIFFERENCES = rows(
    """
a list|a tuple|A list can be changed after it is created, while a tuple cannot be changed.
weather|climate|Weather is what happens today, while climate is the usual weather over many years.
a fruit|a vegetable|A fruit contains the seeds of a plant, while a vegetable is another part such as a root or leaf.
speed|velocity|Speed only says how fast something moves, while velocity also includes the direction.
mass|weight|Mass is the amount of matter in an object, while weight is the force of gravity on it.
a virus|a bacterium|A bacterium is a living cell, while a virus needs a host cell to multiply.
a frog|a toad|A frog has smooth wet skin and long legs, while a toad has dry bumpy skin and short legs.
a crocodile|an alligator|A crocodile has a narrow V-shaped snout, while an alligator has a wide U-shaped snout.
a city|a town|A city is usually large with many people, while a town is smaller and quieter.
hardware|software|Hardware is the physical part of a computer, while software is the set of programs that run on it.
RAM|a hard drive|RAM is fast and forgets its data without power, while a hard drive is slower and keeps its data.
a for loop|a while loop|A for loop repeats over a known sequence, while a while loop repeats as long as a condition is true.
a class|an object|A class is a blueprint, while an object is a concrete thing built from that blueprint.
HTTP|HTTPS|HTTP sends data in plain text, while HTTPS encrypts the data.
a debit card|a credit card|A debit card takes money from your account at once, while a credit card lets you borrow and pay later.
fiction|nonfiction|Fiction tells an invented story, while nonfiction describes real people and events.
a planet|a star|A star makes its own light and heat, while a planet orbits a star and reflects its light.
a meteor|a comet|A meteor is a streak of light in the sky made by a small rock, while a comet is a ball of ice that orbits the Sun.
an introvert|an extrovert|An introvert gains energy from quiet time, while an extrovert gains energy from being with people.
breakfast|brunch|Breakfast is the first meal of the morning, while brunch is eaten later and mixes breakfast with lunch.
tea|coffee|Tea is made from leaves and is usually milder, while coffee is made from roasted beans and has more caffeine.
a simile|a metaphor|A simile compares with like or as, while a metaphor says that one thing is another.
saving|investing|Saving keeps money safe for later, while investing uses money to earn more with some risk.
a goal|a plan|A goal is what you want to reach, while a plan is the list of steps that takes you there.
""",
    Difference,
)

#: Question -> answer.
FACTS = pairs(
    """
Why is the sky blue?|The sky looks blue because air scatters blue light from the Sun more than other colors.
Why do leaves change color in autumn?|Leaves change color because the green chlorophyll breaks down and other colors become visible.
Why do we sleep?|We sleep so that the body can rest, repair itself and store memories.
Why is the ocean salty?|The ocean is salty because rivers carry minerals from rocks into the sea.
Why do cats purr?|Cats purr when they are relaxed, and sometimes to calm themselves.
Why does ice float on water?|Ice floats because it is less dense than liquid water.
Why do we have seasons?|We have seasons because the Earth's axis is tilted as it travels around the Sun.
Why do onions make you cry?|Cutting an onion releases a gas that irritates your eyes, so they make tears.
Why do stars twinkle?|Stars twinkle because their light bends as it passes through moving air.
Why is exercise important?|Exercise keeps the heart, muscles and mind healthy.
Why is water important for life?|Water carries nutrients, controls temperature and supports almost every process in living things.
How do airplanes fly?|Airplanes fly because their wings create lift as air flows over them.
How do plants drink water?|Plants take in water through their roots and move it up to the leaves.
How do fish breathe?|Fish breathe by passing water over their gills, which take oxygen from it.
How does a rainbow form?|A rainbow forms when sunlight is bent and split into colors by drops of water.
How does a microwave oven work?|A microwave oven heats food by making its water molecules move quickly.
How does a refrigerator work?|A refrigerator moves heat from the inside to the outside with a cooling fluid.
How does the heart work?|The heart is a muscle that pumps blood through the body with each beat.
How does a solar panel work?|A solar panel turns sunlight into electricity with cells made of silicon.
How does a bicycle stay upright?|A moving bicycle stays upright because steering and its motion keep it balanced.
How do bees make honey?|Bees collect nectar, mix it with enzymes and let the water dry until it becomes honey.
How do computers store information?|Computers store information as bits, which are patterns of zeros and ones.
How does the Internet work?|The Internet sends data in small packets between computers that follow common rules.
How do vaccines work?|Vaccines train the immune system to recognize a germ before you meet it.
What causes thunder?|Thunder is caused by air that expands very quickly around a lightning bolt.
What causes tides?|Tides are caused mainly by the gravity of the Moon pulling on the oceans.
What causes rain?|Rain falls when water drops in clouds become too heavy to stay in the air.
What is the largest ocean on Earth?|The largest ocean on Earth is the Pacific Ocean.
What is the longest river in South America?|The longest river in South America is the Amazon.
What is the highest mountain in the world?|The highest mountain in the world is Mount Everest.
What is the largest desert in Africa?|The largest desert in Africa is the Sahara.
What is the fastest land animal?|The fastest land animal is the cheetah.
What is the largest animal on Earth?|The largest animal on Earth is the blue whale.
What is the boiling point of water?|Water boils at 100 degrees Celsius at sea level.
What is the freezing point of water?|Water freezes at 0 degrees Celsius.
What is the speed of light?|The speed of light is about 300,000 kilometers per second.
How many continents are there?|There are seven continents.
How many bones does an adult human have?|An adult human has 206 bones.
How many players are on a soccer team?|A soccer team has 11 players on the field.
How many strings does a violin have?|A violin has four strings.
Who was the first person on the Moon?|The first person on the Moon was Neil Armstrong.
Who painted the Mona Lisa?|The Mona Lisa was painted by Leonardo da Vinci.
Who developed the theory of relativity?|The theory of relativity was developed by Albert Einstein.
Who discovered gravity according to the apple story?|According to the apple story, it was Isaac Newton.
Who was the first woman to win a Nobel Prize?|The first woman to win a Nobel Prize was Marie Curie.
When did World War II end?|World War II ended in 1945.
When did the first person walk on the Moon?|The first person walked on the Moon in 1969.
When did the Berlin Wall fall?|The Berlin Wall fell in 1989.
Where is the Eiffel Tower?|The Eiffel Tower is in Paris, France.
Where is the Great Wall?|The Great Wall is in China.
Where is Machu Picchu?|Machu Picchu is in Peru.
Where is the Taj Mahal?|The Taj Mahal is in Agra, India.
"""
)
