"""Words of the rules that stand in one place of a page: English as before, German to Germans."""

import pytest
from django.utils import translation

from governance.rules.deadline_words import offset_words
from governance.rules.figures import joined, window_told, window_word
from governance.rules.objective_words import burn_terms, pair_terms
from governance.rules.recipient_words import found_by
from governance.selectors.pages.stages import place_words
from governance.selectors.pages.systems import lead_of
from incidents.rules.resolution_words import ended_as
from incidents.rules.words import in_words
from outbox.languages import spoken_to
from outbox.rules.durations import Duration

PAIR = pair_terms(mode="points", warning=0.03, critical=0.06, unit="ratio", fires=(2, 3))
BURN = burn_terms(long=21600, short=1800, burn=6)


@pytest.mark.parametrize(
    ("said", "english", "german"),
    [
        (in_words(Duration.parse("2bd")), "2 business days", "2 Arbeitstage"),
        (in_words(Duration.parse("1h")), "1 hour", "1 Stunde"),
        (joined(["A", "B", "C"]), "A, B and C", "A, B und C"),
        (joined(["A", "B"], "or"), "A or B", "A oder B"),
        (joined(["A"]), "A", "A"),
        (offset_words("0%"), "at the beginning of the stage", "zu Beginn der Stufe"),
        (offset_words("100%"), "at the deadline", "mit Fristablauf"),
        (found_by("responsible"), "responsible", "wer jetzt handeln muss"),
        (found_by("role:compliance"), "role:compliance", "Rolle: Compliance"),
        (found_by("delegate for deputy"), "delegate for deputy",
         "Vertretung für: die Stellvertretung"),
        (found_by("committee.seat:external"), "committee.seat:external",
         "Sitz im Gremium: external"),
        (ended_as("rolled_back"), "rolled_back", "Zurückgerollt"),
        (place_words("VALIDATION"), "2 of 5, Compliance", "2 von 5, Compliance"),
        (lead_of([{"state": "critical"}]), "1 system: 1 in breach.",
         "1 System: 1 mit Verletzung."),
        (PAIR, "worse by 3 points warns, by 6 points is critical; 2 of 3 windows",
         "um 3 Punkte schlechter warnt, um 6 Punkte ist kritisch; 2 von 3 Fenstern"),
        (BURN, "6 times too fast over 6 hours and 30 minutes",
         "6-mal zu schnell über 6 Stunden und 30 Minuten"),
    ],
)  # fmt: skip
def test_a_word_of_the_rules_stays_english_and_is_german_to_a_german_reader(said, english, german):
    assert said == english
    assert (spoken_to(said, "en"), spoken_to(said, "de")) == (english, german)


def test_a_name_that_reads_like_a_word_of_ours_stays_a_name_in_a_list():
    with translation.override("de"):
        assert spoken_to(joined(["Open", "Maren Vogt"]), "de") == "Open und Maren Vogt"


def test_what_the_rules_do_not_know_stays_as_it_is_recorded():
    assert spoken_to(found_by("somebody.else"), "de") == "somebody.else"
    assert spoken_to(ended_as("of their own"), "de") == "of their own"


@pytest.mark.parametrize("seconds", [45, 60, 120, 3600, 86400, 172800, 604800, 1209600])
def test_a_window_has_one_english_name_wherever_it_is_told(seconds):
    assert window_told(seconds) == window_word(seconds)
