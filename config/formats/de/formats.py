"""German dates and numbers: 21. Nov. 2026, 1 234,5 with a narrow space between thousands.

The forms of instants are those of `config.marks.FORMS`, read there through `get_format`.
"""

INSTANT_SHORT = "D j. N H:i"
INSTANT_DATED = "D j. N Y H:i"
INSTANT_DATED_ZONED = "D j. N Y H:i T"
INSTANT_LONG = "D j. N Y H:i:s"
INSTANT_DAY = "D j. N Y"
INSTANT_DATE = "j. N Y"
INSTANT_TIME = "H:i"
INSTANT_SHORT_ZONED = "D j. N H:i T"
INSTANT_WORDS = "j. F Y, H:i"
INSTANT_WORDS_SECONDS = "j. F Y, H:i:s"
INSTANT_WORDS_ZONED = "j. F Y, H:i T"
INSTANT_WORDS_SECONDS_ZONED = "j. F Y, H:i:s T"
INSTANT_WORDS_DATE = "j. F Y"
# What a template or a drawing writes in the English form, and what German makes of it.
DAYS = (
    ("l j", "l, j"), ("D j F", "D., j F"), ("j F", "j. F"), ("j M", "j. N"), ("F Y H", "F Y, H"),
)  # fmt: skip
THOUSAND_SEPARATOR = "\u202f"
