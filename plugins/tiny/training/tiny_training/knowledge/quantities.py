"""Calendar and units of measurement."""

from typing import NamedTuple


class Unit(NamedTuple):
    """How many ``small`` units one ``large`` unit has, and how far to count."""

    large: str
    small: str
    factor: int
    limit: int


MONTH_DAYS = {
    "January": 31,
    "February": 28,
    "March": 31,
    "April": 30,
    "May": 31,
    "June": 30,
    "July": 31,
    "August": 31,
    "September": 30,
    "October": 31,
    "November": 30,
    "December": 31,
}

DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]

UNITS = [
    Unit("kilometers", "meters", 1000, 60),
    Unit("meters", "centimeters", 100, 60),
    Unit("centimeters", "millimeters", 10, 90),
    Unit("kilograms", "grams", 1000, 60),
    Unit("liters", "milliliters", 1000, 60),
    Unit("hours", "minutes", 60, 12),
    Unit("minutes", "seconds", 60, 12),
    Unit("days", "hours", 24, 10),
    Unit("weeks", "days", 7, 20),
    Unit("years", "months", 12, 12),
    Unit("feet", "inches", 12, 12),
    Unit("yards", "feet", 3, 40),
    Unit("dozens", "items", 12, 12),
    Unit("gallons", "quarts", 4, 30),
    Unit("tons", "kilograms", 1000, 60),
    Unit("decades", "years", 10, 60),
    Unit("centuries", "years", 100, 40),
    Unit("dollars", "cents", 100, 60),
    Unit("pounds", "ounces", 16, 6),
    Unit("gigabytes", "megabytes", 1000, 60),
]
