"""Roles, fields and machines' reasons in German; the record and English pages as before (issue 8).

Each of these was English on a German page once. Both languages are asked for: the German words, and
that the English ones are the very words that are on record.
"""

from dataclasses import replace

import pytest
from django.core.cache import cache
from django.template import Context, Template
from django.test import Client
from django.utils import translation

from config.extraction import of_python
from governance.rules.field_words import FIELDS, field_told
from governance.rules.recorded_reasons import REASONS
from governance.selectors.pages.record import entries_of, reason_told
from governance.services.mutes import _reason
from incidents.rules.plan import from_text
from incidents.rules.transitions import COMMANDS
from incidents.selectors import guards
from ledger.models import Entry
from ledger.rules.refusals import Invalid
from ledger.rules.worded import either, of_machine, term
from ledger.selectors.lines import line, lines_of_incident
from outbox.languages import spoken_to
from outbox.recorded import _form, reread
from outbox.services.sweeps import sweep
from registry.rules.permits import PERMITS, in_words
from registry.rules.recorded_roles import ROLES, role_told
from tests.german import german
from tests.governance.pages import signed_in, stand_at
from tests.incidents import factory as cases
from tests.incidents.factory import AT


def drawn(source, language, **given):
    """Draw a template in a language."""
    with translation.override(language):
        return Template(source).render(Context(given))


# ---------------------------------------------------------------- roles
@pytest.mark.parametrize(
    ("role", "said"),
    [
        ("owner", "Verantwortliche"),
        ("compliance", "Compliance"),
        ("deputy, for Maren Vogt", "Stellvertretung, für Maren Vogt"),
        ("seat 3", "Sitz 3"),
        ("seat 3, chair", "Sitz 3, Vorsitz"),
        ("seat 3, Data science", "Sitz 3, Data science"),
        ("seat in Model board", "Sitz in Model board"),
    ],
)
def test_a_recorded_role_is_said_in_both_languages(role, said):
    assert drawn("{{ role|role_told }}", "de", role=role) == said
    assert drawn("{{ role|role_told }}", "en", role=role) == role


@pytest.mark.parametrize("title", ["Chief Owner, for life", "Open", "Risk", "seat of the pants"])
def test_a_title_that_a_person_chose_stays(title):
    assert drawn("{{ role|role_told }}", "de", role=title) == title


def test_every_role_has_its_german():
    same = {one for one in ROLES if spoken_to(role_told(one), "de") == one}

    assert len(ROLES) > 20
    assert same == set()


def test_roles_in_a_refusal_are_said_in_the_language():
    assert in_words({"owner", "engineer", "executive"}) == "the owner, an executive or an engineer"
    assert spoken_to(in_words({"owner", "engineer"}), "de") == "die Verantwortlichen oder Technik"
    assert either(["a", "b", "c"], between=" or ") == "a or b or c"


# ---------------------------------------------------------------- fields
def test_names_of_fields_are_said_in_german_and_stay_in_english():
    shown = [drawn("{{ name|field_told }}", one, name="actions.1.due_at") for one in ("de", "en")]

    assert shown == ["Maßnahmen.1.Frist", "actions.1.due_at"]
    assert drawn("{{ name|field_told }}", "de", name="open") == "open"


def test_every_known_field_has_a_translation_of_its_own():
    said = {one: spoken_to(field_told(one), "de") for one in FIELDS}

    assert len(said) > 150
    assert sum(one == word for one, word in said.items()) < 5


# ---------------------------------------------------------------- reasons of machines
@pytest.mark.parametrize(
    ("recorded", "said"),
    [
        (
            "Nobody opened the alarm within 24 h of its detection.",
            "Niemand öffnete den Alarm binnen 24 Std. nach der Erkennung.",
        ),
        (
            "Motion 2026-07 lapsed, and at high tier nothing runs on undecided.",
            "Antrag 2026-07 ist verfallen, und bei hoher Risikostufe läuft nichts unentschieden"
            " weiter.",
        ),
        (
            "Standing order SO-2026-01: Nobody is awake on Sundays.",
            "Daueranordnung SO-2026-01: Nobody is awake on Sundays.",
        ),
        ("Passed: 3 of 3 readings are good.", "Bestanden: 3 von 3 Messwerten sind gut."),
    ],
)
def test_a_known_sentence_of_a_machine_is_said_in_the_language(recorded, said):
    assert spoken_to(of_machine(recorded), "de") == said
    assert spoken_to(of_machine(recorded), "en") == recorded
    assert drawn("{{ text|recorded }}", "de", text=recorded) == said.replace('"', "&quot;")


@pytest.mark.parametrize(
    "written", ["Roll back to 2.2", "as agreed", "", "50 % {of} it", "Why? So."]
)
def test_a_text_that_no_sentence_of_ours_fits_stays(written):
    assert spoken_to(of_machine(written), "de") == written


@pytest.mark.parametrize("language", ["de", "en"])
def test_every_sentence_that_is_listed_is_found_by_what_was_made_of_it(language):
    places = {name: f"x{place}" for place, name in enumerate("abcdefgh")}
    wrong = []
    for sentence in REASONS:
        made = sentence.format_map(Names(places))
        if spoken_to(of_machine(made), language) == made and language == "de":
            wrong.append(made)
        if language == "en" and spoken_to(of_machine(made), "en") != made:
            wrong.append(made)

    assert wrong == []


@pytest.mark.parametrize("day", ["4. November 2026", "14. November 2026"])
def test_a_day_within_a_forecast_is_written_whole(day):
    recorded = f"2 of 3 readings are good. Conclusive about {day.replace('.', '')}."

    assert spoken_to(of_machine(recorded), "de").endswith(f"Aussagekräftig etwa {day}.")


def test_a_message_whose_places_touch_is_not_looked_for():
    assert _form("Conclusive about {day}{rest}, whatever comes.") is None
    assert _form("Conclusive about {day}, whatever comes.") is not None


class Names(dict):
    """Something for every place of a message."""

    def __missing__(self, name):
        return f"«{name}»"


def test_what_stands_in_a_place_for_words_is_said_too_and_what_people_wrote_is_not():
    told = reread("Line 7: This line has more cells than there are columns.")

    assert spoken_to(told, "de") == "Zeile 7: Diese Zeile hat mehr Zellen, als es Spalten gibt."
    assert spoken_to(reread("adopted: All are settled."), "de") == "übernommen: All are settled."


@pytest.mark.django_db
def test_a_page_says_a_machine_s_reason_in_german_and_the_record_keeps_the_english(house):
    cases.opened(house)
    sweep(at=AT + cases.dt.timedelta(hours=25))
    (entry,) = Entry.objects.filter(verb="incident.deemed_aware")
    german(house.auditor)

    shown = signed_in(Client(), house.auditor).get(f"/ledger/{entry.pk}/").content.decode()

    assert "Niemand öffnete den Alarm binnen 24 Std. nach der Erkennung." in shown
    assert line(number=entry.pk).reason == "Nobody opened the alarm within 24 h of its detection."


@pytest.mark.django_db
def test_what_a_person_wrote_stays_as_it_was_written(house):
    incident = cases.opened(house)
    cases.do(incident, "acknowledge", house.owner)
    mine = next(
        one for one in lines_of_incident(incident_id=incident.pk) if one.actor == house.owner.name
    )
    typed = replace(mine, reason="Nobody opened the alarm within 24 h of its detection.")

    assert drawn("{{ why|told }}", "de", why=reason_told(typed)) == typed.reason
    assert entries_of([typed])[0]["why"] == typed.reason


# ---------------------------------------------------------------- refusals
def test_a_refusal_by_way_of_a_helper_is_said_in_both_languages():
    with pytest.raises(Invalid) as raised:
        _reason("")

    told = raised.value.fields["reason"]
    assert told == "Say why, in at most 2000 characters."
    assert spoken_to(told, "de") == "Sagen Sie in höchstens 2000 Zeichen, warum."


def test_what_helpers_are_given_to_refuse_with_is_a_message():
    found = {one.message for one in of_python(
        "def refuse(field, words):\n    return Invalid('x', words, fields={field: words})\n"
        "def check(name):\n    words = 'Say it first.'\n    raise refuse('a', words)\n"
        "def other():\n    raise refuse('a', 'Say it last.')\n",
        "games/services/x.py",
    )}  # fmt: skip

    assert {"Say it first.", "Say it last."} <= found


@pytest.mark.parametrize(
    ("place", "found"),
    [
        ("games/selectors/guards.py", True),
        ("games/services/x.py", True),
        ("games/ceremony.py", True),
        ("games/selectors/metrics.py", False),
        ("games/models/x.py", False),
    ],
)
def test_a_whole_sentence_is_a_message_where_things_are_refused(place, found):
    source = (
        "def guard(text):\n    'It is told.'\n"
        "    ngettext('%(n)s is void now.', '%(n)s are void now.', text)\n"
        "    return ('x', 'Move a stone first.'), ('y', 'Stones moved'), f'{text} It is.'\n"
    )
    told = {one.message for one in of_python(source, place)}

    assert ("Move a stone first." in told) == found
    assert not told & {"It is told.", "%(n)s are void now.", "Stones moved", " It is."}


@pytest.mark.django_db
def test_what_a_guard_refuses_with_is_german(house):
    incident = cases.opened(house)
    (_code, words) = guards._submit(incident, from_text(incident.plan), AT)

    assert words == "Add at least one piece of evidence before you submit findings."
    assert spoken_to(words, "de").startswith("Fügen Sie mindestens einen Nachweis hinzu")


def test_the_words_of_every_command_and_permit_are_german():
    english = [
        one.words for one in (*COMMANDS.values(), *PERMITS.values())
        if spoken_to(term(one.words), "de") == one.words
    ]  # fmt: skip

    assert english == []


# ---------------------------------------------------------------- single words
def test_the_fields_of_a_decision_on_a_clock_have_their_own_german():
    labels = {one.name: one.label for one in COMMANDS["decide_clock"].fields}

    assert [labels["clock"], labels["answer"]] == ["Clock", "Decision"]
    assert spoken_to(labels["clock"], "de") == "Meldefrist"
    assert spoken_to(labels["answer"], "de") == "Entscheidung"


def test_a_rehearsal_is_marked_in_the_reader_s_language():
    source = '{% load incident_rows %}{% load i18n %}{% translate "DRILL" %}'

    assert [drawn(source, one) for one in ("de", "en")] == ["ÜBUNG", "DRILL"]


@pytest.fixture
def house():
    """A house of people at an instant that stands."""
    cache.clear()
    stand_at(AT)
    yield cases.house()
    stand_at(None)
