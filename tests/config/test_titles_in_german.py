"""Titles that a machine gave a case, in German; what a person wrote, and the record, stay.

A title stands on the desk, in lists, on the case, in mails. The record and the API keep the English
one, from which the reader's is found again.
"""

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import translation

from config.catalogue import read
from config.extraction import FLOORS
from governance.rules.case_words import summary, title
from governance.rules.integrity import of_net
from incidents.models import Incident
from incidents.rules.notices import notice
from incidents.rules.summaries import summary_told
from ledger.rules.worded import TITLE, as_titled
from outbox.languages import spoken_title, spoken_to
from outbox.recorded import OF_ONE_GROUP, retitled
from tests.german import german
from tests.governance.pages import signed_in, stand_at
from tests.governance.test_cases_rules import facts, gap
from tests.incidents import factory as cases
from tests.incidents.factory import AT

CATALOGUE = "locale/de/LC_MESSAGES/django.po"
PLACES = {
    "amount": "84.6 %", "answer": "'approve'", "count": "3",
    "first": "The ledger is not what was sealed", "group": "Under 23", "kind": "stopped",
    "kpi": "Accuracy", "model": "gpt-x", "name": "Latency", "number": "INC-2026-0001",
    "others": "the others",
    "purpose": "Sunday", "scope": "Claims approval", "since": "15 November 2026",
    "source": "One sender", "subject": "Accuracy for north", "system": "Claims approval",
    "tables": "seat", "version": "2.4",
}  # fmt: skip


def in_german(recorded):
    """A recorded title as a German reader has it."""
    return spoken_to(as_titled(str(recorded)), "de")


@pytest.mark.parametrize(
    ("recorded", "said"),
    [
        (title(facts()), "Genauigkeit (Accuracy) auf 84,6 % gefallen"),
        (
            title(facts(segment="region=north")),
            "Genauigkeit (Accuracy) für north auf 84,6 % gefallen",
        ),
        (
            title(facts(kpi="Own figure", unit="ms", value=1372.45, direction="above")),
            "Own figure auf 1\u202f372,5 ms gestiegen",
        ),
        (title(gap()), "Under 23 erhielt 'approve' um 17 Punkte seltener als 23 and over"),
        (
            title(gap(value=-0.05, positive="", reference="")),
            "Under 23 erhielt das günstige Ergebnis um 5 Punkte häufiger als die Übrigen",
        ),
        (title(facts(unit="count", value=1.0)), "Genauigkeit (Accuracy): 1 in einer Woche"),
        (
            title(facts(kind="silence", value=None)),
            "Keine Messwerte seit 15. November 2026: Genauigkeit (Accuracy)",
        ),
        (title(facts(value=None)), "Grenzwertverletzung: Genauigkeit (Accuracy)"),
        (title(facts(kind="budget")), "Fehlerbudget läuft ab: Genauigkeit (Accuracy)"),
        (
            of_net(number=1, said=["x", "y"], at=AT).title,
            "2 Trigger unter den Aufzeichnungen geändert",
        ),
    ],
)
def test_a_title_of_ours_is_said_in_german_and_stays_on_record(recorded, said):
    assert in_german(recorded) == said
    assert spoken_to(as_titled(str(recorded)), "en") == recorded


@pytest.mark.parametrize(
    "written",
    [
        "Roll back Claims approval to 2.2",
        "Refunds: the rest",
        "Prices fell to the ground",
        "",
        "{a}",
    ],
)
def test_what_a_person_called_a_case_stays(written):
    assert in_german(written) == written


def test_every_title_is_found_again_by_itself(settings):
    """Where a title says less than another one it must not be taken for it."""
    _header, *entries = read(settings.BASE_DIR / CATALOGUE)
    messages = {one.message for one in entries if one.context == TITLE} - {OF_ONE_GROUP}
    wrong = [
        (one, getattr(retitled(one.format(**PLACES)), "message", ""))
        for one in messages
        if getattr(retitled(one.format(**PLACES)), "message", "") != one
    ]

    assert len(messages) > 25
    assert wrong == []


def test_no_title_of_a_case_is_written_without_its_message(settings):
    written = [
        f"{file.name}: {line.strip()}"
        for floor in FLOORS
        for file in (settings.BASE_DIR / floor).rglob("services/**/*.py")
        for line in file.read_text().splitlines()
        if line.strip().startswith('title=f"') and ".title" not in line
    ]

    assert written == []


MIDNIGHT_AND_NOON = [
    (facts(kind="silence", value=None), "15. November 2026: "),
    (facts(kind="silence", value=None, window_end=AT), "16. November 2026 09:00 UTC: "),
]


@pytest.mark.parametrize(("found", "said"), MIDNIGHT_AND_NOON)
def test_since_when_nothing_was_heard_is_written_as_german_does(found, said):
    assert in_german(title(found)).startswith(f"Keine Messwerte seit {said}")


# ---------------------------------------------------------------- summaries
@pytest.mark.parametrize(
    ("found", "said"),
    [
        (
            facts(),
            "Woche bis 15. November 2026, Version 4.0 von Claims-form reader, Genauigkeit"
            " (Accuracy): 84,6 %, aus 500 Fällen. Kritisch ist 89,2 % oder weniger."
            " Die Baseline ist 97,2 %.",
        ),
        (
            gap(),
            "Woche bis 15. November 2026, Version 2.3 von Claims approval, Differenz der"
            " demografischen Parität: 17 Punkte, aus 2\u202f400 Fällen, 95-%-Intervall 13,7 bis"
            " 20,8. Kritisch ist 12 Punkte oder mehr. Die Baseline ist minus 0,5 Punkte.",
        ),
        (
            facts(kind="silence", value=None),
            "Claims-form reader hat seit 15. November 2026 keinen gültigen Messwert gesendet:"
            " Genauigkeit (Accuracy). Was nicht zu hören war, ist nicht als gut bekannt.",
        ),
        (
            facts(few=True),
            "Grenzwertverletzung bei Claims-form reader: Genauigkeit (Accuracy). Die Gruppe hat"
            " weniger als 10 Fälle: Es wird keine Zahl davon gezeigt. Kritisch ist 89,2 % oder"
            " weniger. Die Baseline ist 97,2 %.",
        ),
    ],
)
def test_the_summary_of_a_breach_is_said_whole(found, said):
    recorded = str(summary(found))

    assert spoken_to(summary_told("breach", recorded), "de") == said
    assert spoken_to(summary_told("breach", recorded), "en") == recorded
    assert spoken_to(summary_told("reported", recorded), "de") == recorded


@pytest.mark.parametrize("n", [None, 500])
@pytest.mark.parametrize("low", [None, 0.8])
@pytest.mark.parametrize("version", ["", "4.0"])
@pytest.mark.parametrize("window_end", [None, AT])
def test_whatever_is_known_of_a_reading_it_is_said_without_english(n, low, version, window_end):
    found = facts(n=n, low=low, high=low and 0.9, version=version, window_end=window_end)
    said = spoken_to(summary_told("breach", str(summary(found))), "de")

    assert [word for word in ("stood", "from", "cases", "interval", "In the") if word in said] == []
    assert "84,6 %" in said


@pytest.fixture
def called(house):
    """A case that a machine called."""
    return cases.opened(house, title="Accuracy for north fell to 84.6 %")


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/", "/incidents/?view=open", "/incidents/{number}/"])
def test_a_page_says_the_title_in_the_language_of_its_reader(house, called, address):
    client, page = signed_in(Client(), house.owner), address.format(number=called.number)
    english = client.get(page).content.decode()
    german(house.owner)
    shown = client.get(page).content.decode()

    assert "Accuracy for north fell to 84.6 %" in english
    assert "Genauigkeit (Accuracy) für north auf 84,6 % gefallen" in shown
    assert "fell to" not in shown
    assert Incident.objects.get().title == "Accuracy for north fell to 84.6 %"


def test_a_mail_says_the_title_in_the_language_of_its_reader():
    told = notice(
        task="evidence", number="INC-1", title="Accuracy fell to 84.6 %", severity="major",
        due_at=None, zone="Europe/Berlin", url="https://x.example/",
    )  # fmt: skip

    assert told.subject.endswith(": Accuracy fell to 84.6 %")
    assert spoken_to(told.subject, "de").endswith(": Genauigkeit (Accuracy) auf 84,6 % gefallen")
    assert "\nGenauigkeit (Accuracy) auf 84,6 % gefallen\n" in spoken_to(told.body, "de")


def test_a_title_that_was_worded_already_is_said_once():
    with translation.override("de"):
        assert spoken_title(title(facts())[:200]) == "Genauigkeit (Accuracy) auf 84,6 % gefallen"
        assert (
            spoken_title(spoken_title(title(facts())))
            == "Genauigkeit (Accuracy) auf 84,6 % gefallen"
        )


@pytest.fixture
def house(standing_clock):
    """A house of people at an instant that stands."""
    cache.clear()
    stand_at(AT)
    yield cases.house()
    stand_at(None)
