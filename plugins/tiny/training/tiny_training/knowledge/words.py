"""Vocabulary: translations, synonyms, rhymes, verb forms, plurals, spelling and word groups."""

from typing import NamedTuple

from .tables import pairs, rows


class Word(NamedTuple):
    """One word in six languages."""

    english: str
    spanish: str
    french: str
    german: str
    italian: str
    chinese: str


class Related(NamedTuple):
    """A word with one synonym and one antonym."""

    word: str
    synonym: str
    antonym: str


class Verb(NamedTuple):
    """The forms of one verb."""

    base: str
    third: str
    past: str
    participle: str


WORDS = rows(
    """
house|casa|maison|Haus|casa|房子
dog|perro|chien|Hund|cane|狗
cat|gato|chat|Katze|gatto|猫
water|agua|eau|Wasser|acqua|水
bread|pan|pain|Brot|pane|面包
milk|leche|lait|Milch|latte|牛奶
book|libro|livre|Buch|libro|书
friend|amigo|ami|Freund|amico|朋友
school|escuela|école|Schule|scuola|学校
sun|sol|soleil|Sonne|sole|太阳
moon|luna|lune|Mond|luna|月亮
star|estrella|étoile|Stern|stella|星星
tree|árbol|arbre|Baum|albero|树
flower|flor|fleur|Blume|fiore|花
fire|fuego|feu|Feuer|fuoco|火
red|rojo|rouge|rot|rosso|红色
blue|azul|bleu|blau|blu|蓝色
green|verde|vert|grün|verde|绿色
white|blanco|blanc|weiß|bianco|白色
black|negro|noir|schwarz|nero|黑色
one|uno|un|eins|uno|一
two|dos|deux|zwei|due|二
three|tres|trois|drei|tre|三
four|cuatro|quatre|vier|quattro|四
five|cinco|cinq|fünf|cinque|五
ten|diez|dix|zehn|dieci|十
mother|madre|mère|Mutter|madre|母亲
father|padre|père|Vater|padre|父亲
brother|hermano|frère|Bruder|fratello|兄弟
sister|hermana|sœur|Schwester|sorella|姐妹
apple|manzana|pomme|Apfel|mela|苹果
cheese|queso|fromage|Käse|formaggio|奶酪
fish|pescado|poisson|Fisch|pesce|鱼
bird|pájaro|oiseau|Vogel|uccello|鸟
horse|caballo|cheval|Pferd|cavallo|马
car|coche|voiture|Auto|macchina|汽车
city|ciudad|ville|Stadt|città|城市
street|calle|rue|Straße|strada|街道
day|día|jour|Tag|giorno|天
night|noche|nuit|Nacht|notte|夜晚
week|semana|semaine|Woche|settimana|星期
year|año|année|Jahr|anno|年
time|tiempo|temps|Zeit|tempo|时间
love|amor|amour|Liebe|amore|爱
peace|paz|paix|Frieden|pace|和平
hand|mano|main|Hand|mano|手
heart|corazón|coeur|Herz|cuore|心
head|cabeza|tête|Kopf|testa|头
door|puerta|porte|Tür|porta|门
window|ventana|fenêtre|Fenster|finestra|窗户
table|mesa|table|Tisch|tavolo|桌子
chair|silla|chaise|Stuhl|sedia|椅子
rain|lluvia|pluie|Regen|pioggia|雨
snow|nieve|neige|Schnee|neve|雪
music|musica|musique|Musik|musica|音乐
doctor|médico|médecin|Arzt|medico|医生
teacher|profesor|professeur|Lehrer|insegnante|老师
hello|hola|bonjour|hallo|ciao|你好
goodbye|adiós|au revoir|auf Wiedersehen|arrivederci|再见
thank you|gracias|merci|danke|grazie|谢谢
please|por favor|s'il vous plaît|bitte|per favore|请
yes|sí|oui|ja|sì|是
no|no|non|nein|no|不
good morning|buenos días|bonjour|guten Morgen|buongiorno|早上好
good night|buenas noches|bonne nuit|gute Nacht|buona notte|晚安
""",
    Word,
)

#: Language name -> field of ``Word``.
LANGUAGES = {
    "Spanish": "spanish",
    "French": "french",
    "German": "german",
    "Italian": "italian",
    "Chinese": "chinese",
}

RELATED = rows(
    """
happy|joyful|sad
big|large|small
fast|quick|slow
smart|clever|foolish
cold|chilly|hot
easy|simple|difficult
brave|courageous|cowardly
rich|wealthy|poor
quiet|silent|loud
begin|start|end
angry|furious|calm
beautiful|lovely|ugly
old|ancient|new
tired|exhausted|energetic
strong|powerful|weak
clean|spotless|dirty
bright|shiny|dark
kind|generous|cruel
early|premature|late
full|packed|empty
hard|firm|soft
honest|truthful|dishonest
important|significant|trivial
interesting|fascinating|boring
polite|courteous|rude
safe|secure|dangerous
scared|afraid|fearless
thin|slim|thick
true|correct|false
wet|damp|dry
accept|agree|refuse
arrive|come|depart
buy|purchase|sell
help|assist|hinder
laugh|chuckle|cry
love|adore|hate
near|close|far
open|unlock|close
push|shove|pull
remember|recall|forget
""",
    Related,
)

RHYMES = [
    ("cat", "hat"),
    ("light", "night"),
    ("moon", "spoon"),
    ("tree", "bee"),
    ("house", "mouse"),
    ("star", "car"),
    ("rain", "train"),
    ("day", "play"),
    ("sky", "fly"),
    ("dog", "frog"),
    ("ring", "king"),
    ("bear", "chair"),
    ("boat", "coat"),
    ("snow", "glow"),
    ("heart", "start"),
    ("book", "cook"),
    ("bell", "shell"),
    ("rose", "nose"),
    ("cake", "lake"),
    ("green", "queen"),
]

VERBS = rows(
    """
go|goes|went|gone
eat|eats|ate|eaten
write|writes|wrote|written
read|reads|read|read
see|sees|saw|seen
take|takes|took|taken
buy|buys|bought|bought
make|makes|made|made
bring|brings|brought|brought
teach|teaches|taught|taught
drink|drinks|drank|drunk
sing|sings|sang|sung
swim|swims|swam|swum
run|runs|ran|run
give|gives|gave|given
find|finds|found|found
build|builds|built|built
catch|catches|caught|caught
draw|draws|drew|drawn
drive|drives|drove|driven
fly|flies|flew|flown
know|knows|knew|known
speak|speaks|spoke|spoken
sleep|sleeps|slept|slept
think|thinks|thought|thought
win|wins|won|won
begin|begins|began|begun
break|breaks|broke|broken
choose|chooses|chose|chosen
forget|forgets|forgot|forgotten
grow|grows|grew|grown
hide|hides|hid|hidden
keep|keeps|kept|kept
leave|leaves|left|left
meet|meets|met|met
pay|pays|paid|paid
ride|rides|rode|ridden
sell|sells|sold|sold
send|sends|sent|sent
throw|throws|threw|thrown
""",
    Verb,
)

IRREGULAR_PLURALS = {
    "sheep": "sheep",
    "wolf": "wolves",
    "fox": "foxes",
    "mouse": "mice",
    "deer": "deer",
    "fish": "fish",
    "ostrich": "ostriches",
    "salmon": "salmon",
    "goldfish": "goldfish",
    "butterfly": "butterflies",
    "child": "children",
    "tooth": "teeth",
    "foot": "feet",
    "goose": "geese",
    "man": "men",
    "woman": "women",
    "knife": "knives",
    "leaf": "leaves",
    "city": "cities",
    "baby": "babies",
    "box": "boxes",
    "watch": "watches",
    "party": "parties",
    "life": "lives",
    "person": "people",
    "bus": "buses",
    "dish": "dishes",
    "potato": "potatoes",
    "tomato": "tomatoes",
    "country": "countries",
    "shelf": "shelves",
    "story": "stories",
    "hero": "heroes",
    "ox": "oxen",
    "cactus": "cacti",
    "class": "classes",
    "glass": "glasses",
    "brush": "brushes",
    "lady": "ladies",
}

#: Wrong spelling -> right spelling.
MISSPELLINGS = pairs(
    """
recieve|receive
definately|definitely
seperate|separate
tommorow|tomorrow
wich|which
beleive|believe
freind|friend
accomodate|accommodate
occured|occurred
untill|until
adress|address
begining|beginning
enviroment|environment
goverment|government
neccessary|necessary
suprise|surprise
wierd|weird
calender|calendar
embarass|embarrass
grammer|grammar
happend|happened
knowlege|knowledge
libary|library
prefered|preferred
realy|really
restarant|restaurant
succesful|successful
truely|truly
writting|writing
buisness|business
"""
)

GROUPS = {
    "fruit": ["apple", "banana", "orange", "grape", "pear", "mango", "cherry", "peach"],
    "vegetable": [
        "carrot",
        "potato",
        "onion",
        "cabbage",
        "spinach",
        "celery",
        "broccoli",
        "radish",
    ],
    "color": ["red", "blue", "green", "yellow", "purple", "white", "black", "pink"],
    "animal": ["dog", "cat", "horse", "lion", "rabbit", "wolf", "bear", "sheep"],
    "vehicle": ["car", "bus", "train", "bicycle", "truck", "boat", "airplane", "tram"],
    "tool": ["hammer", "saw", "drill", "wrench", "shovel", "screwdriver", "axe", "rake"],
    "instrument": ["piano", "guitar", "violin", "drum", "flute", "trumpet", "cello", "harp"],
    "sport": ["tennis", "soccer", "golf", "hockey", "boxing", "rugby", "swimming", "cricket"],
    "clothing": ["shirt", "jacket", "scarf", "glove", "hat", "sock", "coat", "dress"],
    "furniture": ["table", "chair", "sofa", "bed", "desk", "shelf", "bench", "wardrobe"],
}

PLAIN_WORDS = [
    "apple",
    "banana",
    "cat",
    "dog",
    "house",
    "river",
    "music",
    "school",
    "python",
    "table",
    "window",
    "garden",
    "winter",
    "coffee",
    "planet",
    "paper",
    "bread",
    "cloud",
    "stone",
    "light",
]
