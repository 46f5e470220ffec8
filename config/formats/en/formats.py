"""English dates and numbers: 21 Nov 2026, 1 234.5 with a narrow space between thousands."""

INSTANT_SHORT = "D j M H:i"
INSTANT_DATED = "D j M Y H:i"
INSTANT_LONG = "D j M Y H:i:s"
INSTANT_DAY = "D j M Y"
INSTANT_DATE = "j M Y"
INSTANT_TIME = "H:i"
