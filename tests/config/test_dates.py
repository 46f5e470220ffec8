"""Dates in templates and drawings: English as Django writes it, German with its points."""

import re
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from django.conf import settings
from django.template import Context, Template, defaultfilters
from django.utils import dateformat, translation
from django.utils.dates import MONTHS, MONTHS_3, WEEKDAYS, WEEKDAYS_ABBR

from config.catalogue import read
from governance.rules.deadline_words import reasons
from ledger.rules.worded import of_machine
from outbox.languages import say_date, spoken_to

ROOT = Path(settings.BASE_DIR)
FORM = re.compile(r"""\|date:["']([^"']+)["']""")
IN_GERMAN = [
    "Januar",
    "Februar",
    "März",
    "April",
    "Mai",
    "Juni",
    "Juli",
    "August",
    "September",
    "Oktober",
    "November",
    "Dezember",
]
SHORT = [
    "Jan.",
    "Feb.",
    "März",
    "April",
    "Mai",
    "Juni",
    "Juli",
    "Aug.",
    "Sept.",
    "Okt.",
    "Nov.",
    "Dez.",
]
WEEK = ["Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag"]


def shown(day: date, form: str, language: str) -> str:
    with translation.override(language):
        return Template('{{ day|date:"' + form + '" }}').render(Context({"day": day}))


def forms() -> set[str]:
    found = {
        form
        for file in (ROOT / "templates").rglob("*.*")
        for form in FORM.findall(file.read_text())
    }
    assert len(found) > 10, "the templates name no forms of dates any more?"
    return found


# ---------------------------------------------------------------- the names of Django
@pytest.mark.parametrize("month", range(1, 13))
def test_each_month_has_its_german_name(month: int):
    day = date(2026, month, 25)

    said = [shown(day, form, "de") for form in ("j F Y", "j M Y", "F Y")]

    assert said == [
        f"25. {IN_GERMAN[month - 1]} 2026",
        f"25. {SHORT[month - 1]} 2026",
        f"{IN_GERMAN[month - 1]} 2026",
    ]


@pytest.mark.parametrize("past_monday", range(7))
def test_each_weekday_has_its_german_name(past_monday: int):
    day = date(2026, 6, 1 + past_monday)

    said = [shown(day, form, "de") for form in ("l", "D")]

    assert said == [WEEK[past_monday], WEEK[past_monday][:2]]


def test_no_message_of_ours_is_the_name_of_a_month_or_weekday():
    """It would replace Django's translation: 'May' as 'is allowed' made 'Darf' of every May."""
    with translation.override("en"):
        tables = (MONTHS, MONTHS_3, WEEKDAYS, WEEKDAYS_ABBR)
        names = {str(name) for table in tables for name in table.values()}
    catalogue = read(ROOT / "locale" / "de" / "LC_MESSAGES" / "django.po")

    ours = {one.message for one in catalogue if not one.context}

    assert len(names) > 30
    assert not names & ours


# ---------------------------------------------------------------- the filter
@pytest.mark.parametrize("month", range(1, 13))
def test_english_dates_are_those_of_django(month: int):
    instant = datetime(2026, month, month, 9, 5, 7, tzinfo=UTC)

    for form in forms():
        with translation.override("en"):
            said = defaultfilters.date(instant, form)
        assert shown(instant, form, "en") == said


def test_no_form_of_the_templates_leaves_a_german_day_without_its_point():
    instant = datetime(2026, 12, 4, 9, 5, tzinfo=UTC)

    said = [shown(instant, form, "de") for form in sorted(forms())]

    assert not [one for one in said if re.search(r"\b4 [DF]", one)]


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ("j F Y", "4. Dezember 2026"),
        ("j M", "4. Dez."),
        ("D j F Y", "Fr., 4. Dezember 2026"),
        ("D j M Y", "Fr 4. Dez. 2026"),
        ("l j F Y", "Freitag, 4. Dezember 2026"),
        ("j F Y H:i", "4. Dezember 2026, 09:05"),
        ("l j F Y, H:i", "Freitag, 4. Dezember 2026, 09:05"),
        ("Y-m-d H:i", "2026-12-04 09:05"),
    ],
)
def test_german_dates_are_written_as_german_writes_them(form: str, said: str):
    instant = datetime(2026, 12, 4, 9, 5, tzinfo=UTC)

    assert shown(instant, form, "de") == said


def test_what_is_no_date_shows_nothing():
    with translation.override("de"):
        said = Template('{{ none|date:"j F Y" }}|{{ none|date }}').render(Context({"none": None}))

    assert said == "|"


def test_drawings_write_dates_as_the_templates_do():
    day = date(2026, 3, 4)

    with translation.override("de"):
        german = say_date(day, "j M")
    with translation.override("en"):
        english = say_date(day, "j M"), dateformat.format(day, "j M")

    assert german == "4. März"
    assert english == ("4 Mar", "4 Mar")


# ---------------------------------------------------------------- sentences
def test_a_day_within_a_recorded_sentence_is_written_anew():
    recorded = (
        "Nothing valid has come from it since 4 May 2026. It feeds 3 series of Claims. They are "
        "one cause and one case; what has not been heard is not known to be good."
    )

    german = spoken_to(of_machine(recorded), "de")

    assert "4. Mai 2026" in german
    assert "4 May 2026" not in german
    assert spoken_to(of_machine(recorded), "en") == recorded


def test_the_reason_of_a_deadline_is_german_with_its_span_and_its_instant():
    (said,) = reasons(
        {"after": "3bd", "from": "2026-05-04T09:05:00+00:00"}, policy="", zone="Europe/Berlin"
    )

    assert said == "3 working days after Mon 4 May 2026 11:05 CEST."
    assert spoken_to(said, "de") == "3 Arbeitstage nach Mo 4. Mai 2026 11:05 CEST."


def test_a_label_within_a_sentence_is_small_in_english_alone():
    shown = {}
    for language in ("en", "de"):
        with translation.override(language):
            drawn = Template("{{ text|worded|in_sentence }}")
            shown[language] = drawn.render(Context({"text": "A customer"}))

    assert shown == {"en": "a customer", "de": "Ein Kunde"}
