"""Lists to brainstorm from: gifts, names, slogans, uses, blog topics."""

from .tables import outline

GIFTS = outline(
    """
cooking
  a good chef's knife
  a cookbook
  a set of spices
  a cast iron pan
  a cooking class
gardening
  a set of garden tools
  flower seeds
  a pair of gloves
  a watering can
  a small fruit tree
reading
  a new novel
  a book light
  a bookstore gift card
  a cozy blanket
  a leather bookmark
hiking
  a sturdy backpack
  a steel water bottle
  warm socks
  a trail map
  a headlamp
painting
  a set of brushes
  watercolor paints
  a sketchbook
  an easel
  a museum ticket
music
  concert tickets
  good headphones
  a vinyl record
  a music box
  a songbook
photography
  a camera strap
  a tripod
  a photo album
  a memory card
  a printed photo book
traveling
  a travel pillow
  a world map
  a passport cover
  a travel journal
  a small suitcase
coffee
  a French press
  a bag of fresh beans
  a ceramic mug
  a milk frother
  a coffee grinder
cycling
  a bike lamp
  a bell
  a rain jacket
  a repair kit
  a phone holder
chess
  a wooden chess set
  a chess clock
  a book of puzzles
  an online lesson
  a travel board
fishing
  a tackle box
  a folding chair
  a warm hat
  a fishing rod
  a set of lures
baking
  a rolling pin
  a cake mold
  a kitchen scale
  a baking book
  a set of cookie cutters
yoga
  a yoga mat
  a soft blanket
  a set of blocks
  a class pass
  a scented candle
knitting
  soft wool yarn
  bamboo needles
  a pattern book
  a yarn bowl
  a project bag
"""
)

BUSINESS_NAMES = outline(
    """
bakery
  Golden Crust
  Morning Loaf
  Sweet Crumbs
  The Happy Oven
  Flour and Fire
coffee shop
  Bean There
  The Daily Cup
  Morning Brew
  Steam and Cream
  Corner Roast
bookstore
  Page Turner
  The Reading Room
  Chapter One
  Paper Moon
  Book Haven
flower shop
  Bloom and Joy
  Petal Place
  The Green Stem
  Rose Garden
  Wild Daisy
gym
  Iron Path
  Fit Factory
  Strong Start
  The Active Club
  Peak Power
pet shop
  Happy Paws
  Furry Friends
  Tail Town
  The Pet Corner
  Whisker World
bike shop
  Two Wheels
  Spin City
  The Chain Gang
  Pedal Point
  Gear House
toy store
  Fun Factory
  Little Wonders
  The Toy Box
  Play Planet
  Joyland
restaurant
  The Silver Spoon
  Table Nine
  Olive Branch
  Harvest Kitchen
  Blue Plate
hotel
  Quiet Harbor
  The Grand Pine
  Sunset House
  City Nest
  Hilltop Inn
software company
  Code Harbor
  Bright Bytes
  Logic Lane
  Cloud Forge
  Pixel Works
music school
  First Note
  Harmony House
  The Sound Room
  Play and Sing
  Silver String
"""
)

SLOGANS = outline(
    """
bakery
  Baked with love every morning.
  Fresh bread, happy days.
  Taste the warm side of life.
coffee shop
  Wake up to better coffee.
  Good days start with good beans.
  A warm cup for every mood.
bookstore
  Every page is a journey.
  Find your next favorite story.
  Open a book, open a world.
flower shop
  Say it with flowers.
  Fresh blooms for every feeling.
  Bring a little spring home.
gym
  Stronger every day.
  Your best self starts here.
  Move more, live more.
pet shop
  Because pets are family.
  Happy pets, happy people.
  Everything your best friend needs.
bike shop
  Ride further, smile more.
  Your road starts here.
  Two wheels, endless freedom.
toy store
  Where play never ends.
  Big smiles for little hands.
  Imagination lives here.
restaurant
  Good food, good mood.
  Come hungry, leave happy.
  Every meal tells a story.
hotel
  Your home away from home.
  Rest easy, wake happy.
  Where every guest is family.
software company
  Smart code for a simple life.
  We build what you imagine.
  Better software, happier people.
music school
  Find your own melody.
  Every great song starts with one note.
  Learn, play, shine.
"""
)

USES = outline(
    """
shoebox
  Store old photos in it.
  Turn it into a small dollhouse.
  Use it as a gift box.
  Make a drawer organizer.
  Build a simple puppet stage.
glass jar
  Keep dry pasta in it.
  Make a candle holder.
  Grow herbs in it.
  Save coins in it.
  Use it as a vase.
T-shirt
  Cut it into cleaning cloths.
  Sew a pillow cover.
  Make a shopping bag.
  Turn it into a pet bed.
  Braid it into a rug.
newspaper
  Wrap gifts with it.
  Clean windows with it.
  Make paper hats.
  Protect the table when you paint.
  Line a drawer with it.
tire
  Hang it as a swing.
  Use it as a planter.
  Make a garden seat.
  Build a small sandbox.
  Use it for exercise.
plastic bottle
  Make a bird feeder.
  Use it as a watering can.
  Build a small rocket toy.
  Grow seedlings in it.
  Make a pencil holder.
ladder
  Use it as a bookshelf.
  Hang towels on it.
  Display plants on it.
  Make a shoe rack.
  Hang it as a pot rack.
brick
  Use it as a bookend.
  Edge a flower bed.
  Build a small step.
  Prop a door open.
  Make a garden path.
"""
)

BLOG_TOPICS = outline(
    """
travel
  Ten quiet places to visit in spring
  How to pack light for a week
  The best street food I ever ate
  Traveling by train on a budget
  Mistakes every new traveler makes
cooking
  Five dinners you can make in twenty minutes
  How to use fresh herbs
  My grandmother's soup recipe
  Baking bread for beginners
  Spices every kitchen needs
technology
  How artificial intelligence changes daily life
  Simple ways to protect your data
  The history of the smartphone
  Choosing your first laptop
  Why open source matters
health
  Small habits for a strong heart
  How sleep affects your mood
  Easy stretches for office workers
  The truth about sugar
  Walking as a daily exercise
education
  How to take better notes
  Learning with games
  Why reading aloud helps children
  Study habits that work
  The value of good questions
fitness
  A home workout without equipment
  How to start running
  Stretching before and after exercise
  Staying active in winter
  Setting goals you can reach
gardening
  Growing herbs on a balcony
  The best flowers for bees
  How to compost at home
  Planning a spring garden
  Saving water in summer
finance
  Making your first budget
  How to pay off debt
  Saving for a big trip
  Simple rules for investing
  Money lessons for children
music
  Learning the piano as an adult
  The stories behind famous songs
  How to read sheet music
  Building a practice routine
  Music that helps you focus
books
  Classics worth reading today
  How to start a book club
  My favorite short stories
  Reading habits of busy people
  Books that changed my mind
"""
)
