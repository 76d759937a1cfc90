"""Step-by-step instructions."""

from .tables import outline

HOW_TO = outline(
    """
boil an egg
  Put the egg in a pot of water.
  Bring the water to a boil.
  Wait about eight minutes.
  Cool the egg in cold water.
  Peel it and enjoy.
make tea
  Boil fresh water.
  Put a tea bag in a cup.
  Pour the hot water over it.
  Wait three minutes.
  Remove the bag and add milk or honey.
plant a tree
  Choose a sunny spot.
  Dig a wide hole.
  Set the tree upright in the hole.
  Fill the hole with soil.
  Water it well.
change a flat tire
  Stop in a safe place.
  Loosen the nuts and lift the car.
  Remove the flat tire.
  Put on the spare tire.
  Tighten the nuts and lower the car.
make pancakes
  Mix flour, milk and eggs.
  Heat a little butter in a pan.
  Pour in some batter.
  Flip it when bubbles appear.
  Serve with syrup.
write a letter
  Write the date and a greeting.
  Say why you are writing.
  Add the details.
  Close politely.
  Sign your name.
wash a car
  Rinse off the dirt.
  Mix soap with water.
  Wash from top to bottom.
  Rinse the soap away.
  Dry it with a soft cloth.
make a paper airplane
  Fold the paper in half lengthwise.
  Fold the top corners to the middle.
  Fold the edges to the middle again.
  Fold it in half and make wings.
  Throw it gently.
make a salad
  Wash the vegetables.
  Chop them into small pieces.
  Put them in a bowl.
  Add oil, vinegar and salt.
  Mix and serve.
set up a tent
  Find flat ground.
  Spread out the tent.
  Put the poles together.
  Raise the tent and clip it on.
  Fix it to the ground with pegs.
bake a simple cake
  Heat the oven.
  Mix butter, sugar and eggs.
  Stir in flour and baking powder.
  Pour it into a pan.
  Bake for thirty minutes.
clean a window
  Dust the frame.
  Spray the glass with cleaner.
  Wipe it in circles.
  Dry it with a clean cloth.
  Check for streaks.
create a strong password
  Use at least twelve characters.
  Mix letters, numbers and symbols.
  Avoid names and dates.
  Use a different one for each site.
  Store it in a password manager.
install a Python package
  Open a terminal.
  Activate your virtual environment.
  Run pip install with the package name.
  Import the package in Python.
  Check that it works.
"""
)
