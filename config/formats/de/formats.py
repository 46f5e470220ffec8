"""German dates and numbers: 21. Nov. 2026, 1 234,5 with a narrow space between thousands.

The forms of instants are those of `config.marks.FORMS`, read there through `get_format`.
"""

INSTANT_SHORT = "D j. N H:i"
INSTANT_DATED = "D j. N Y H:i"
INSTANT_LONG = "D j. N Y H:i:s"
INSTANT_DAY = "D j. N Y"
INSTANT_DATE = "j. N Y"
INSTANT_TIME = "H:i"
THOUSAND_SEPARATOR = "\u202f"
