"""Values of KPIs as `governance.rules.figures` writes them, in the reader's language.

'14.8 points' is '14,8 Punkte', '12.3–17.3' is '12,3–17,3'. The units that are shipped are said in
the language; one that an organisation wrote for its own KPI stays as it was written.
"""

import re

from django.utils.translation import gettext, pgettext
from django.utils.translation import gettext_noop as _

from governance.rules.figures import HARD, UNKNOWN
from outbox.languages import of_record, say_numbers
from telemetry.rules.kpi_words import UNIT

# What our own writing puts behind a number, where the catalogue of KPIs has a longer word.
SHORT = {_("points"), _("min"), _("d")}
# The unit stands behind the last number; numbers are grouped by narrow spaces.
BEHIND = re.compile(rf"(?P<numbers>.*\d)(?P<gap>[ {HARD}])(?P<unit>[^\d\s][^{HARD}]*)")
BETWEEN = f"{HARD}to{HARD}"


def measured(text: str, *, own: bool = False) -> str:
    """Say a value with its unit, an interval or limits; `own` is one of an organisation's KPI."""
    if of_record() or not text:
        return text
    if text == UNKNOWN:
        return gettext(UNKNOWN)
    found = BEHIND.fullmatch(text)
    if found is None:
        return _numbers(text)
    return f"{_numbers(found['numbers'])}{HARD}{_unit(found['unit'], own)}"


def measure(unit: str, *, own: bool = False) -> str:
    """Say the unit alone, where it stands apart from its value."""
    return unit if of_record() or not unit else _unit(unit, own)


def _numbers(text: str) -> str:
    between = f"{HARD}{gettext('to')}{HARD}"
    return say_numbers(text.replace(BETWEEN, between))


def _unit(unit: str, own: bool) -> str:
    if unit in SHORT:
        return gettext(unit)
    return unit if own else pgettext(UNIT, unit)
