"""Poems, story parts, jokes and messages."""

from .tables import outline

#: Subject -> rhyming couplets, each ``line / line``.
POEMS = outline(
    """
the sea
  The waves roll in beneath the sky, / And seagulls sing as they pass by.
  The salty wind is cool and free, / It tells the secrets of the sea.
  The moon lays silver on the foam, / And every tide comes slowly home.
autumn
  The leaves turn red, the leaves turn gold, / The morning air is crisp and cold.
  The wind goes dancing down the lane, / And taps the roof with gentle rain.
  The days grow short, the fires glow, / And soon the world will wait for snow.
spring
  The snow is gone, the birds return, / The gardens wake with grass and fern.
  A little bud begins to grow, / Where winter hid it under snow.
  The sun is warm, the sky is clear, / The kindest time of all the year.
winter
  The snow falls softly through the night, / And wraps the sleeping world in white.
  The windows shine with frosty lace, / The wind has roses for your face.
  We sit together by the fire, / And watch the dancing flames grow higher.
the moon
  The moon looks down with gentle light, / A lantern in the quiet night.
  She climbs the hills without a sound, / And paints her silver on the ground.
  The dreams we dream are soft and deep, / She guards the world while others sleep.
friendship
  A friend will stay when skies are gray, / And walk beside you on your way.
  We share our laughter and our tears, / And keep our stories through the years.
  A helping hand, a listening ear, / A friend is home when friends are near.
the rain
  The rain is tapping on the pane, / It sings a soft and steady strain.
  The thirsty flowers drink their fill, / The little stream runs down the hill.
  And when the clouds have passed us by, / A rainbow colors all the sky.
my cat
  My cat is curled upon my chair, / She dreams of birds and does not care.
  She hunts a sunbeam on the floor, / And waits for breakfast at the door.
  At night she purrs upon my bed, / A gentle engine by my head.
music
  A quiet note begins to play, / And gently takes my cares away.
  The drums are beating like a heart, / The violins now do their part.
  When every song at last is through, / The tune will linger on in you.
the stars
  The stars are lanterns in the deep, / They watch above us while we sleep.
  Each one a sun so far away, / It hides its face throughout the day.
  I make a wish and hold it tight, / And whisper softly to the night.
home
  There is a place I love to be, / Where someone always waits for me.
  The kettle sings, the lamp is bright, / And voices fill the room at night.
  Wherever I may choose to roam, / My heart will lead me safely home.
the forest
  The forest hums a quiet song, / The shadows of the trees are long.
  A deer steps softly on the moss, / Beneath the branches that they cross.
  The air is green, the paths are deep, / And ancient trees have thoughts to keep.
time
  The clock goes ticking on the wall, / It has no time to wait at all.
  The hours pass like birds in flight, / From early morning into night.
  So fill your days with joy and care, / And leave some kindness everywhere.
hope
  When nights are dark and roads are long, / Hope hums inside a quiet song.
  It lights a candle in the rain, / And helps us rise and walk again.
  No matter what the day may bring, / The heart still knows the way to sing.
"""
)

HAIKUS = outline(
    """
spring
  Soft rain on new leaves
  a small bird begins to sing
  the garden wakes up
summer
  Long and golden days
  crickets hum in the tall grass
  the warm night listens
autumn
  Red leaves drift and fall
  the river carries them home
  cold wind at my door
winter
  Snow on the dark pines
  one light in a far window
  the whole world is still
the ocean
  Blue waves rise and fall
  the shore keeps a thousand shells
  the tide takes them back
the moon
  Pale moon on the lake
  a fish leaps and breaks the light
  the circles grow wide
rain
  Drops on the window
  each one runs its own small race
  the street shines like glass
a cat
  The cat on the wall
  watches the slow falling leaf
  then closes her eyes
morning
  Steam above the cup
  the first light finds the table
  the day starts to breathe
a mountain
  Clouds rest on the peak
  an old path climbs through the stones
  silence at the top
"""
)

HERO_TRAITS = [
    "brave",
    "curious",
    "lonely",
    "tiny",
    "clever",
    "shy",
    "lazy",
    "kind",
    "hungry",
    "young",
    "old",
    "cheerful",
]

HEROES = [
    "fox",
    "owl",
    "rabbit",
    "dragon",
    "robot",
    "mouse",
    "knight",
    "girl",
    "boy",
    "bear",
    "turtle",
    "pirate",
    "cat",
    "dog",
    "wizard",
    "astronaut",
]

PLACES = {
    "in a dark forest": "forest",
    "by the sea": "sea",
    "in a small village": "village",
    "on a high mountain": "mountain",
    "in a busy city": "city",
    "on a distant planet": "planet",
    "in an old castle": "castle",
    "on a quiet farm": "farm",
    "in a magic garden": "garden",
    "on a snowy island": "island",
}

GOALS = {
    "finds a lost key": ("found a lost key", "It opened a hidden door full of light"),
    "learns to fly": (
        "dreamed of flying",
        "After many tries, the wind finally lifted the {hero} into the sky",
    ),
    "makes a new friend": ("met a stranger", "They shared a meal and became the best of friends"),
    "saves the day": ("heard a cry for help", "With quick thinking, the {hero} saved everyone"),
    "discovers a treasure": ("found an old map", "Under a tall tree lay a chest of golden coins"),
    "faces a storm": (
        "saw dark clouds rising",
        "The {hero} gathered everyone in a safe place until the storm passed",
    ),
    "gets lost": ("took the wrong path", "A friendly firefly showed the {hero} the way home"),
    "helps a stranger": (
        "met a tired traveler",
        "The {hero} offered food and a warm place to rest",
    ),
}

ENDINGS = [
    "From that day on, the {hero} was never afraid again.",
    "Everyone in the {place} told this story for years.",
    "The {hero} smiled and knew that everything would be fine.",
    "And the {place} was a happier place than before.",
]

JOKES = {
    "cats": "Why was the cat sitting on the computer? To keep an eye on the mouse.",
    "dogs": "What do you call a dog magician? A labracadabrador.",
    "computers": "Why did the computer go to the doctor? It had a virus.",
    "math": "Why was the math book sad? It had too many problems.",
    "school": "Why did the student eat his homework? The teacher said it was a piece of cake.",
    "food": "What do you call cheese that is not yours? Nacho cheese.",
    "fish": "Why are fish so smart? They live in schools.",
    "birds": "Why do birds fly south? It is too far to walk.",
    "clocks": "Why did the boy throw his clock out of the window? He wanted to see time fly.",
    "programmers": "Why do programmers prefer dark mode? Because light attracts bugs.",
    "cows": "What do you call a cow with no legs? Ground beef.",
    "space": "How do you organize a party in space? You planet.",
    "bicycles": "Why did the bicycle fall over? It was two tired.",
    "coffee": "How does a computer drink coffee? It takes a few bytes.",
}

MESSAGES = {
    "birthday": [
        "Happy birthday, {name}! I hope your day is full of joy and good surprises.",
        "Dear {name}, happy birthday! May this year bring you health and happiness.",
    ],
    "thank you": [
        "Dear {name}, thank you so much for your help. I truly appreciate it.",
        "Thank you, {name}! Your kindness made my day.",
    ],
    "get well soon": [
        "Dear {name}, I hope you feel better soon. Take good care and rest well.",
        "Get well soon, {name}! We are all thinking of you.",
    ],
    "congratulations": [
        "Congratulations, {name}! You worked hard and you earned this success.",
        "Dear {name}, congratulations on your great achievement!",
    ],
    "farewell": [
        "Dear {name}, we will miss you. We wish you all the best on your new path.",
        "Goodbye, {name}! Thank you for everything and good luck.",
    ],
    "apology": [
        "Dear {name}, I am sorry for my mistake. I will do better next time.",
        "I am truly sorry, {name}. Please accept my apology.",
    ],
}
