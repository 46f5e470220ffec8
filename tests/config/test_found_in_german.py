"""What the search finds, and what stands against switching a KPI off, in German; English as it was.

A message that no page shows by itself is not extracted.
"""

from dataclasses import replace
from pathlib import Path

import pytest
from django.test import Client
from django.utils import translation

from config.extraction import of_python
from governance.services.kpi_switch import switch_kpi
from ledger.rules.refusals import Conflict
from outbox.languages import spoken_to
from registry.models import Provision, System
from registry.models.provisions import Framework
from registry.selectors.searching import search
from telemetry.models import Kpi
from telemetry.rules.scorecards import Line
from telemetry.services.own_kpis import approve_kpi, draft_kpi
from telemetry.services.scorecards import set_scorecard
from tests.german import german
from tests.governance.pages import seen
from tests.incidents.factory import AT
from tests.net import told
from tests.registry import factories as registry
from tests.reports.search_hall import hall
from tests.telemetry.factory import measured
from tests.telemetry.test_own_kpis import KEY, MEANING

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("standing_clock")]
ROOT = Path(__file__).resolve().parents[2]


# ---------------------------------------------------------------- the search
def hit(text, kind, user, language):
    """Reference, title and what it is about of the first hit, in a language."""
    with translation.override(language):
        (group,) = search(text=text, user=user, at=AT, kind=kind).shown
    first = group.hits[0]
    return first.reference, "".join(one.text for one in first.title), first.about


def test_references_titles_and_states_of_what_is_found():
    made = hall()
    a_provision()
    by, subject = made.house.compliance, made.house.system.name

    def both(kind, text=""):
        text = text or made.found_by[kind][0]
        return hit(text, kind, by, "en"), hit(text, kind, by, "de")

    card, karte = both("documents")
    pack, paket = both("packs")
    report, bericht = both("reports")
    policy, richtlinie = both("policies")
    act, gesetz = both("provisions", "risk management")

    assert (card[0], karte[0]) == ("Model card or data sheet", "Modellkarte oder Datenblatt")
    assert pack[1:] == (f"Everything · {subject}", "queued")
    assert paket[1:] == (f"Alles · {subject}", "Wartet")
    assert report[1:] == (f"Performance review · {subject}", "draft")
    assert bericht[1:] == (f"Leistungsüberprüfung · {subject}", "Entwurf")
    assert (policy[1], policy[2], richtlinie[2]) == (richtlinie[1], "active", "Aktiv")
    assert act[:2] == ("Art. 14(4)(a)", "Risk management system")
    assert gesetz[:2] == ("Art. 14 Abs. 4 Buchst. a", "Risikomanagementsystem")
    assert (pack[0], report[0]) == (paket[0], bericht[0])


def test_a_shipped_kpi_is_found_with_its_german_name_and_an_own_one_as_written():
    made = hall()
    by = made.house.compliance

    assert hit("kestrels counted", "kpis", by, "de")[1] == "Kestrels counted"
    assert hit("accuracy", "kpis", by, "en")[1] == "Accuracy"
    assert hit("accuracy", "kpis", by, "de")[1] == "Genauigkeit (Accuracy)"


def test_the_page_of_the_search_says_the_kind_of_a_document_in_german():
    by = hall().house.compliance
    english = seen(Client(), "/search/?q=kestrel+card&kind=documents", by)

    deutsch = seen(Client(), "/search/?q=kestrel+card&kind=documents", german(by))

    assert "Model card or data sheet Kestrel card" in english
    assert "Modellkarte oder Datenblatt Kestrel card" in deutsch
    assert "data sheet" not in deutsch


# ---------------------------------------------------------------- switching a KPI off
def test_what_stands_against_switching_a_kpi_off_is_said_in_german():
    of = measured(stated=None)
    own_kpi(of)
    own_kpi(of, key="own_other", name="Other", counter_metric_id=KEY)
    other = registry.system_in("production", of=of.unit)
    for system in (of, other):
        scorecard(system)

    mine = System.objects.filter(pk=of.pk)

    with pytest.raises(Conflict) as refused:
        registry.call(
            switch_kpi, kpi_id=KEY, off=True, reason="dear", systems=mine,
            actor=registry.person_as_actor(of.owner), at=registry.AT,
        )  # fmt: skip

    reason = refused.value.reason
    english = (
        "Accepted offers cannot be switched off: it is the counter-metric of Other; it stands on "
        f"the scorecard of {of.name}; it stands on the scorecard of 1 system that you do not see. "
        "End that first."
    )
    assert reason == english
    assert refused.value.extra["uses"][0] == "is the counter-metric of Other"
    assert spoken_to(reason, "de") == (
        "Accepted offers kann nicht abgeschaltet werden: Er ist der Gegen-KPI von Other; er steht "
        f"auf der Scorecard von {of.name}; er steht auf der Scorecard von 1 System, das Sie nicht "
        "sehen. Beenden Sie das zuerst."
    )


def test_a_shipped_kpi_that_it_guards_is_named_in_german_on_the_page():
    of = measured(stated=None)
    own_kpi(of)
    Kpi.objects.filter(pk="accuracy").update(counter_metric_id=KEY)
    english = seen(Client(), f"/kpis/{KEY}/switch/", of.owner)

    deutsch = seen(Client(), f"/kpis/{KEY}/switch/", german(of.owner))

    assert "is the counter-metric of Accuracy" in english
    assert "ist der Gegen-KPI von Genauigkeit (Accuracy)" in deutsch
    assert "counter-metric" not in deutsch


# ---------------------------------------------------------------- extraction
def test_the_tables_of_citations_hold_no_messages():
    place = "outbox/rules/citations.py"
    source = (ROOT / place).read_text()

    assert list(of_python(source, place)) == []
    assert "AI Act" in {one.message for one in of_python(source, "outbox/rules/other.py")}


@told
def a_provision():
    """A provision of a shipped framework."""
    law = {"file": "ai_act", "sources": [], "checked": "yes"}
    act = Framework.objects.create(id="the-act", name="The Act", edition="1", kind="law", **law)
    return Provision.objects.create(
        id="ACT-14", framework=act, kind="article", reference="Art. 14(4)(a)",
        title="Risk management system", **law,
    )  # fmt: skip


def own_kpi(system, *, key=KEY, **changes):
    """An own KPI of a system's unit."""
    author = registry.user(of=system.unit)
    registry.role(author, "compliance", unit=system.unit)
    drafted = registry.call(
        draft_kpi, key=key, unit_id=system.unit_id, meaning=replace(MEANING, **changes),
        reason="we steer by it", actor=registry.person_as_actor(author),
    )  # fmt: skip
    registry.call(
        approve_kpi, definition_id=drafted.pk, actor=registry.person_as_actor(system.owner)
    )


def scorecard(system):
    """Let a KPI stand on a scorecard."""
    lines = [Line(KEY, "adoption", system.owner_id, "Ask why.")]
    registry.call(
        set_scorecard, system_id=system.pk, lines=lines, expected_version=0,
        actor=registry.person_as_actor(system.owner),
    )  # fmt: skip
