"""Tips for everyday goals."""

from .tables import outline

ADVICE = outline(
    """
sleep better
  Go to bed at the same time every night.
  Avoid screens before bedtime.
  Keep the bedroom dark and cool.
  Do not drink coffee in the evening.
  Read a calm book before sleeping.
save money
  Write a monthly budget.
  Cook at home more often.
  Compare prices before you buy.
  Cancel subscriptions you do not use.
  Put a little money aside every payday.
learn a new language
  Practice for a short time every day.
  Learn the most common words first.
  Listen to songs and podcasts.
  Speak with native speakers.
  Keep a small notebook of new phrases.
reduce stress
  Take slow deep breaths.
  Go for a walk outside.
  Talk to a friend you trust.
  Get enough sleep.
  Plan short breaks during the day.
eat healthier
  Add more vegetables to each meal.
  Drink water instead of soda.
  Eat fewer sweets.
  Plan your meals for the week.
  Choose whole grains.
stay motivated at work
  Set small clear goals.
  Celebrate each finished task.
  Take regular breaks.
  Remember why your work matters.
  Keep your desk tidy.
prepare for an exam
  Start studying early.
  Make short summaries.
  Practice with old questions.
  Sleep well the night before.
  Explain the topics to a friend.
prepare for a job interview
  Research the company.
  Practice common questions.
  Prepare examples of your work.
  Arrive a few minutes early.
  Ask a thoughtful question at the end.
make new friends
  Join a club or a class.
  Ask people about their interests.
  Smile and listen carefully.
  Invite someone for coffee.
  Stay in touch after you meet.
manage my time
  Write a list of tasks each morning.
  Do the hardest task first.
  Turn off notifications.
  Set a time limit for each task.
  Review your day in the evening.
stop procrastinating
  Break the task into small steps.
  Start with just five minutes.
  Remove distractions from your desk.
  Set a clear deadline.
  Reward yourself when you finish.
get fit
  Begin with short workouts.
  Walk or cycle every day.
  Stretch after each exercise.
  Choose a sport you enjoy.
  Track your progress each week.
improve my writing
  Read good books often.
  Write a little every day.
  Use short clear sentences.
  Ask others for feedback.
  Revise your text before sharing it.
speak in public
  Practice in front of a mirror.
  Know your first sentence by heart.
  Speak slowly and clearly.
  Look at friendly faces.
  Breathe deeply before you start.
become more confident
  Stand up straight.
  Prepare well for hard situations.
  Remember your past successes.
  Try one small new thing each day.
  Speak kindly to yourself.
learn to cook
  Start with simple recipes.
  Read the whole recipe first.
  Taste the food while you cook.
  Learn basic knife skills.
  Keep a few spices at home.
care for houseplants
  Put the plants near a window.
  Water only when the soil is dry.
  Use pots with drainage holes.
  Remove dead leaves.
  Add fertilizer in spring.
train a puppy
  Use small treats as rewards.
  Keep the lessons short.
  Repeat the same commands.
  Be patient and calm.
  Praise good behavior at once.
choose a laptop
  Decide how you will use it.
  Set a clear budget.
  Check the battery life.
  Look for enough memory.
  Read reviews from other buyers.
protect my passwords
  Use a long unique password for each site.
  Store them in a password manager.
  Turn on two-factor authentication.
  Never share them by email.
  Change them after a data breach.
write a good resume
  Keep it to one page.
  Put your best results first.
  Use clear headings.
  Match your skills to the job.
  Check the spelling twice.
start a small business
  Find a problem people want solved.
  Talk to possible customers.
  Write a simple plan.
  Keep your costs low.
  Begin with one good product.
learn programming
  Choose one language such as Python.
  Write small programs every day.
  Read code written by others.
  Build a project you care about.
  Do not fear error messages.
read more books
  Carry a book with you.
  Read ten pages before bed.
  Join a reading group.
  Choose topics you love.
  Turn off the television.
reduce waste at home
  Bring your own bags.
  Repair things before you replace them.
  Compost food scraps.
  Buy only what you need.
  Recycle paper and glass.
save energy at home
  Turn off lights you do not need.
  Use efficient light bulbs.
  Wash clothes with cold water.
  Seal gaps around windows.
  Unplug unused chargers.
improve my memory
  Sleep enough each night.
  Repeat new facts several times.
  Connect new ideas to old ones.
  Exercise regularly.
  Write things down by hand.
deal with a difficult coworker
  Stay calm and polite.
  Talk about the problem in private.
  Focus on facts and solutions.
  Set clear limits.
  Ask your manager for help if needed.
move to a new city
  Make a list of costs.
  Visit the city first.
  Learn about the neighborhoods.
  Pack early and label the boxes.
  Meet your new neighbors.
drink more water
  Keep a bottle on your desk.
  Drink a glass with every meal.
  Add lemon or mint for taste.
  Set reminders on your phone.
  Drink before you feel thirsty.
take better photos
  Use soft natural light.
  Hold the camera still.
  Move closer to your subject.
  Try different angles.
  Keep the background simple.
learn the guitar
  Tune the strings first.
  Practice simple chords daily.
  Play slowly at the beginning.
  Learn songs you like.
  Rest your fingers when they hurt.
run a marathon
  Build your distance slowly.
  Rest one or two days each week.
  Wear good running shoes.
  Eat well before long runs.
  Drink enough water.
work from home
  Keep regular hours.
  Set up a quiet workspace.
  Take real lunch breaks.
  Dress as if you go to work.
  Talk to your team every day.
plan a wedding on a budget
  Invite only close friends and family.
  Choose a simple venue.
  Make the decorations yourself.
  Pick a date outside the busy season.
  Ask talented friends to help.
grow tomatoes
  Choose a sunny place.
  Water the soil and not the leaves.
  Support the plants with sticks.
  Feed them every two weeks.
  Pick the fruit when it is red.
"""
)
