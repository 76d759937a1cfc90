"""Sights, study topics, meals, packing lists and event checklists."""

from .tables import outline

SIGHTS = outline(
    """
Paris
  visit the Louvre
  climb the Eiffel Tower
  walk along the Seine
  see Notre-Dame
  explore Montmartre
  relax in the Luxembourg Garden
London
  see the Tower of London
  visit the British Museum
  walk through Hyde Park
  ride the London Eye
  watch a play in the West End
  visit Greenwich
Rome
  tour the Colosseum
  see the Vatican Museums
  throw a coin into the Trevi Fountain
  walk through the Roman Forum
  eat gelato at Piazza Navona
  visit the Pantheon
Tokyo
  visit Senso-ji temple
  see Shibuya Crossing
  eat fresh sushi at a market
  walk in Ueno Park
  enjoy the view from Tokyo Tower
  explore Akihabara
New York
  walk across the Brooklyn Bridge
  visit Central Park
  see the Statue of Liberty
  watch a Broadway show
  tour the Metropolitan Museum
  enjoy Times Square at night
Berlin
  see the Brandenburg Gate
  visit Museum Island
  walk along the Berlin Wall memorial
  relax in the Tiergarten
  tour the Reichstag
  explore Kreuzberg
Barcelona
  tour the Sagrada Familia
  walk along La Rambla
  relax in Park Guell
  swim at the beach
  visit the Picasso Museum
  eat tapas in the Gothic Quarter
Lisbon
  ride tram 28
  visit Belem Tower
  eat custard tarts
  walk through Alfama
  enjoy a view from the castle
  take a day trip to Sintra
Istanbul
  visit Hagia Sophia
  shop at the Grand Bazaar
  take a boat on the Bosphorus
  see the Blue Mosque
  drink Turkish tea
  tour Topkapi Palace
Cairo
  see the pyramids
  visit the Egyptian Museum
  walk through Khan el-Khalili
  sail on the Nile
  see the Sphinx
  taste koshari
Sydney
  tour the Opera House
  walk across the Harbour Bridge
  relax at Bondi Beach
  visit the botanic garden
  take a ferry to Manly
  see the aquarium
Kyoto
  walk through the torii gates
  visit the Golden Pavilion
  see the bamboo grove
  join a tea ceremony
  explore Gion
  visit Nijo Castle
Vienna
  visit Schoenbrunn Palace
  listen to a concert
  eat cake in a coffee house
  see the Belvedere
  walk in the Prater
  tour the old town
Amsterdam
  take a canal tour
  visit the Van Gogh Museum
  rent a bike
  see the Anne Frank House
  walk in Vondelpark
  visit the flower market
"""
)

STUDY_TOPICS = outline(
    """
Python
  variables and types
  if statements
  loops
  functions
  lists and dictionaries
  files
  a small project
Spanish
  greetings and numbers
  common verbs
  food and drinks
  family words
  asking for directions
  the past tense
  a short conversation
algebra
  variables
  simple equations
  fractions
  linear functions
  systems of equations
  word problems
  a practice test
history
  ancient civilizations
  the Middle Ages
  the Renaissance
  the Industrial Revolution
  the world wars
  the modern world
  a review quiz
biology
  cells
  plants
  animals
  the human body
  genetics
  ecosystems
  a review quiz
chemistry
  atoms
  the periodic table
  chemical bonds
  reactions
  acids and bases
  energy
  a practice test
guitar
  tuning and posture
  the first chords
  strumming
  changing chords
  simple songs
  finger picking
  playing for a friend
statistics
  mean and median
  charts
  probability
  distributions
  samples
  correlation
  a practice test
geography
  continents
  oceans
  capitals
  climate zones
  rivers and mountains
  maps
  a review quiz
SQL
  tables and rows
  SELECT queries
  WHERE filters
  sorting
  joins
  grouping
  a small project
"""
)

MEALS = outline(
    """
vegetarian
  lentil soup
  vegetable curry
  pasta with tomato sauce
  bean tacos
  mushroom risotto
  spinach omelet
  pizza with peppers
healthy
  grilled fish with rice
  chicken salad
  oatmeal with berries
  vegetable stir-fry
  bean soup
  baked potatoes with yogurt
  fruit and nuts
family
  spaghetti
  roast chicken
  fish sticks with peas
  homemade pizza
  tomato soup
  pancakes
  rice with vegetables
cheap
  rice and beans
  potato soup
  pasta with garlic
  egg fried rice
  lentil stew
  cabbage salad
  bread with cheese
"""
)

LUGGAGE = outline(
    """
beach vacation
  swimsuit
  sunscreen
  sunglasses
  towel
  sandals
  hat
  water bottle
ski trip
  warm jacket
  gloves
  goggles
  thermal socks
  lip balm
  ski pants
  hat
business trip
  laptop
  charger
  suit
  documents
  notebook
  business cards
  comfortable shoes
hiking trip
  boots
  rain jacket
  map
  snacks
  water bottle
  first aid kit
  headlamp
weekend in the city
  comfortable shoes
  light jacket
  camera
  phone charger
  guidebook
  umbrella
  toothbrush
"""
)

EVENTS = outline(
    """
birthday party
  Make the guest list.
  Choose a date and a place.
  Send the invitations.
  Order the cake.
  Prepare games and music.
  Decorate the room.
picnic
  Pick a park.
  Check the weather.
  Make sandwiches and salad.
  Pack drinks and a blanket.
  Bring a ball or a card game.
  Take the trash home.
school trip
  Choose the destination.
  Ask the parents for permission.
  Book the bus.
  Plan the lunch.
  Share the schedule.
  Count the students often.
team meeting
  Write a clear agenda.
  Invite the right people.
  Prepare the slides.
  Start on time.
  Note the decisions.
  Send a short summary.
garage sale
  Collect the things to sell.
  Put a price on each item.
  Make signs.
  Set up tables.
  Prepare change.
  Donate what is left.
family dinner
  Choose the menu.
  Buy the ingredients.
  Set the table.
  Cook the main dish.
  Prepare a dessert.
  Enjoy the evening together.
charity run
  Choose a good cause.
  Plan the route.
  Get permission from the city.
  Find sponsors.
  Register the runners.
  Thank all helpers.
book club
  Invite a few readers.
  Choose the first book.
  Set a date.
  Prepare questions.
  Share snacks.
  Pick the next book.
camping trip
  Choose a campsite.
  Check the tent.
  Pack warm sleeping bags.
  Plan simple meals.
  Bring a lamp and a map.
  Leave no trash behind.
movie night
  Pick a film together.
  Make popcorn.
  Arrange the seats.
  Test the sound.
  Dim the lights.
  Talk about the film afterwards.
"""
)
