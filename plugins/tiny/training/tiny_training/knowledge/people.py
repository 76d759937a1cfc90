"""Names and things for word problems and personal messages."""

NAMES = """
Anna Ben Carla David Emma Felix Grace Henry Ivy Jack Kate Leo Maria Noah Olivia Paul Quinn Rosa
Sam Tina Uma Victor Wendy Xavier Yara Zoe Alice Bob Chloe Daniel Elena Frank Gina Hugo Irene
James Karen Lucas Mia Nina Oscar Peter Ruth Sara Tom Walter Lily Max Nora Omar Priya Ravi Sofia
Theo Wei Yuki Amir Leila Kofi Ada
""".split()

ITEMS = """
apples books pencils oranges stickers marbles cookies coins stamps flowers balloons eggs cards
bananas shells bottles candles toys pens cups tickets photos plants lemons buttons ribbons
peaches stones notebooks muffins
""".split()

CONTAINERS = ["boxes", "bags", "baskets", "shelves", "trays", "jars"]

VEHICLES = ["car", "train", "bus", "truck", "boat", "cyclist", "motorcycle"]

RELATIVES = [
    "friend",
    "mother",
    "father",
    "sister",
    "brother",
    "teacher",
    "colleague",
    "neighbor",
    "grandmother",
    "grandfather",
    "boss",
    "cousin",
]

GOODS = [
    "book",
    "pencil",
    "notebook",
    "shirt",
    "hat",
    "lamp",
    "cup",
    "toy",
    "plant",
    "sandwich",
    "cake",
    "ball",
]
