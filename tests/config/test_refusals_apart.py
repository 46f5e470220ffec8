"""A refusal's page: what cannot be done and why are handed over apart, and no sentence is cut."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import translation

from config.catalogue import read
from ledger.rules.worded import joined, shortened, term, worded
from outbox.languages import REFUSAL, spoken_apart
from tests.governance import organisation as org
from tests.governance.pages import AT, signed_in, stand_at

CATALOGUE = Path(settings.BASE_DIR) / "locale" / "de" / "LC_MESSAGES" / "django.po"
SWITCHED_OFF = "{kpi_name} is switched off: switch it on first, no reading of it is taken."
SECOND = "You cannot {words}: who leads the committee does, chair or secretary."


@pytest.mark.parametrize(
    ("reason", "apart"),
    [
        (
            worded("You cannot vote on this: {against}.", against="you wrote it: all of it"),
            ("You cannot vote on this", "you wrote it: all of it."),
        ),
        (
            worded(SECOND, words="close “Gap: by age”"),
            (
                "You cannot close “Gap: by age”",
                "who leads the committee does, chair or secretary.",
            ),
        ),
        (
            worded(SWITCHED_OFF, kpi_name="Gap: by age"),
            ("Gap: by age is switched off: switch it on first, no reading of it is taken.", ""),
        ),
        ("One of: open, closed.", ("One of: open, closed.", "")),
        ("You cannot do this twice.", ("You cannot do this twice.", "")),
        (
            "You cannot break the glass: that takes the role of an emergency actor.",
            ("You cannot break the glass", "that takes the role of an emergency actor."),
        ),
        (
            joined(" ", ["You cannot do this: it is over.", "Ask: somebody knows."]),
            ("You cannot do this: it is over. Ask: somebody knows.", ""),
        ),
        (shortened("Not so: no.", worded("You cannot vote on this: {against}.", against="no")),
         ("Not so: no.", "")),
    ],
)  # fmt: skip
def test_only_the_colon_of_a_refusal_parts_it(reason, apart):
    assert spoken_apart(reason) == apart


def test_in_german_it_is_parted_at_its_own_colon():
    said = worded("You cannot vote on this: {against}.", against=term("Gap: by age"))

    with translation.override("de"):
        what, why = spoken_apart(said)

    assert (what.startswith("Sie können"), ": " in what, why) == (True, False, "Gap: by age.")


def fields(text):
    """The parts that a sentence takes, in the order of their names."""
    return sorted(re.findall(r"\{(\w+)", text))


def test_each_refusal_is_parted_alike_in_german():
    entries = [
        one for one in read(CATALOGUE) if one.message.startswith(REFUSAL) and ": " in one.message
    ]

    odd = [
        one.message
        for one in entries
        if fields(one.message.partition(": ")[0]) != fields(one.said[0].partition(": ")[0])
    ]

    assert len(entries) > 50
    assert odd == []


@pytest.mark.django_db
def test_the_page_says_what_cannot_be_done_and_why_and_cuts_no_other_sentence(client):
    stand_at(AT)
    of = org.organised()
    decision = org.convened(of, org.decided(of))
    close = f"/committee/{decision.number}/close/"

    early = signed_in(client, of.chair).post(close).content.decode()
    stranger = signed_in(client, of.members[1]).post(close).content.decode()
    stand_at(None)

    assert re.search(r"<h1>The round stays open until [^<]+: a ballot that is still out", early)
    assert "<h1>You cannot close the vote.</h1>" in stranger
    assert '<p class="prose">Who leads the committee does, chair or secretary.</p>' in stranger
