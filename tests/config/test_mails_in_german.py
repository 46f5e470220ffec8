"""Every kind of mail in its reader's language, while the record stays English (issue 8)."""

import datetime as dt
from types import SimpleNamespace
from uuid import uuid4

import pytest

from governance.models import (
    AuthorityRequest,
    Decision,
    ElectorSeat,
    StandingOrder,
    Watch,
)
from governance.services import (
    conditions,
    faults,
    incident_turns,
    muted_cases,
    request_timers,
    standing_orders,
)
from governance.services.catching_up import Late, add_to_digests
from governance.services.paging import page
from ledger.context import acting_as
from ledger.rules.actors import machine
from ledger.rules.worded import worded
from ledger.selectors.lines import lines_of_incident
from outbox.contacts import Contact
from outbox.models import Message, NoticeStorm
from outbox.rules.carriers import Item
from outbox.services import storms
from outbox.services.sorting import _composed, speaking
from registry.models import Concern, Document, DocumentVersion
from registry.services import concern_records, documents_out, invitations
from registry.services.notices import queue_trial
from telemetry.models import QuarantinedReading
from telemetry.services import quarantine
from tests.german import german, mail_of, reader, reasons
from tests.governance.organisation import organised, read
from tests.incidents import factory
from tests.incidents.factory import AT, SETUP, acting

DAY = dt.timedelta(days=1)
FELL = "Genauigkeit (Accuracy)"
WEEK = "23. November 2026, 10:00 CET"
"""A week after AT, in the zone of whoever reads here."""


@pytest.fixture
def of(db):
    """An organisation whose owner reads German."""
    made = organised()
    german(made.house.owner)
    return made


# ---------------------------------------------------------------- governance
def test_a_watch(of):
    read(of, to_state="WARNING", from_state="PENDING", value=0.92)

    mail, watch = mail_of(of.house.owner), Watch.objects.get()
    assert mail.subject == f"In einer Zeile beantworten bis {WEEK}: {FELL} auf 92 % gefallen"
    assert f"Nach dem {WEEK} wird daraus ein Vorfall." in mail.body
    assert mail.body.startswith("Tag bis 16 November 2026 08:00 UTC, Version 2.3 von Claims ")
    assert mail.body.partition("\n\n")[2].startswith("Sie schließt sich von selbst, wenn sich ")
    assert watch.title == "Accuracy fell to 92 %"


def test_a_watch_that_touches_rights(of):
    read(of, to_state="WARNING", from_state="PENDING", value=0.92)
    Message.objects.all().delete()

    watches_of_compliance(Watch.objects.get(), german(of.house.compliance))

    mail = mail_of(of.house.compliance)
    assert mail.subject.startswith(f"Diese Beobachtung ansehen bis {WEEK}: ")
    assert f"beantwortet sie in einer Zeile; nach dem {WEEK} wird daraus ein Vorfall." in mail.body


def watches_of_compliance(watch, officer):
    from governance.services import watches  # noqa: PLC0415  its private step alone

    assert officer.language == "de"
    watches._tell_compliance(watch, AT)


def test_a_case_that_came_and_went_in_a_silence(of):
    (incident,) = read(of)
    Message.objects.all().delete()

    with acting_as(machine("sweep")):
        muted_cases._ask_for_a_line(incident, since=AT, at=AT)

    mail = mail_of(of.house.owner)
    assert mail.subject == f"In einer Zeile beantworten bis {WEEK}: {FELL} auf 84,6 % gefallen"
    assert f"nach dem {WEEK} beginnen die Fristen." in mail.body


@pytest.mark.django_db
def test_a_standing_order(monkeypatch):
    who = reader()
    monkeypatch.setattr(standing_orders, "electorate_of", lambda order: [(1, [str(who.pk)])])
    system = SimpleNamespace(name="Claims approval")
    order = SimpleNamespace(
        pk=uuid4(), number="SO-1", system=system, reason="As agreed.",
        get_action_display=lambda: StandingOrder.Action.STOP.label,
    )  # fmt: skip

    standing_orders._ask_voters(order, AT)

    assert mail_of(who).subject == "Über SO-1 abstimmen: Stopp, Claims approval"
    assert mail_of(who).body.startswith("As agreed.\n\n")


def test_a_broken_sender(of):
    (incident,) = read(of)
    who = reader()
    other = SimpleNamespace(pk=uuid4(), name="Triage", slug="triage", owner=who, owner_id=who.pk)

    faults._tell_others(incident, [SimpleNamespace(system=other)], AT)

    assert mail_of(who).subject == f"Triage ist ohne Messwerte: {FELL} auf 84,6 % gefallen"
    assert f"Der Fall ist {incident.number}; verantwortlich ist " in mail_of(who).body


@pytest.mark.django_db
def test_a_round_that_is_void():
    who = reader()
    decision = Decision(number="2026-19", title="Roll back", incident_id=uuid4())
    words = worded("{number} was withdrawn by {who}: {reason}", number="INC-1", who="B", reason="x")

    incident_turns._tell(ElectorSeat(decision=decision, seated=who), words, AT)

    assert mail_of(who).subject == "Nichts abzustimmen: Antrag 2026-19 ist hinfällig: Roll back"
    assert mail_of(who).body.startswith("INC-1 wurde zurückgezogen, von B: x\n\nDie Runde ist")


@pytest.mark.django_db
@pytest.mark.parametrize(("which", "tail"), [("day", ""), ("due", " (verstrichen)")])
def test_a_request_of_an_authority(which, tail):
    who = reader()
    row = AuthorityRequest(
        number="AR-2026-0001", authority="Supervisor", basis="DORA Art. 19", due_at=AT + 7 * DAY
    )

    request_timers._tell(row, who, which, AT)

    mail = mail_of(who)
    assert mail.subject == f"AR-2026-0001 beantworten bis {WEEK}{tail}: Supervisor"
    assert "Supervisor: DORA Art. 19\nStand: In Beantwortung." in mail.body


def test_a_condition_that_is_overdue(of):
    (incident,) = read(of)
    Message.objects.all().delete()
    words = worded("A condition of motion {number} is overdue: {text}", number="7", text="Sample.")
    row = SimpleNamespace(
        pk=uuid4(), due_at=AT + 7 * DAY, decision=SimpleNamespace(incident=incident, committee=None)
    )

    tell_of_condition(row, of.house.owner, words)

    mail = mail_of(of.house.owner)
    assert mail.subject.startswith(f"Ausführen bis Mo 23. Nov. 10:00 CET ({incident.number}): ")
    assert "Eine Auflage des Antrags 7 ist überfällig: Sample." in mail.body


def tell_of_condition(row, owner, words):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(conditions, "_owners", lambda row: [owner])
        patch.setattr(conditions, "may_lead", lambda **_: [])
        conditions._tell(row, words, AT)


def test_a_call_by_mail_and_its_record_in_english(of):
    (incident,) = read(of)

    with acting_as(SETUP):
        page(incident=incident, people=[of.house.owner], why="Stop the system by hand",
             key="limit", at=AT)  # fmt: skip

    mail = Message.objects.get(key__startswith="call:")
    paged = [one for one in lines_of_incident(incident_id=incident.pk) if "paged" in one.verb]
    assert mail.subject == f"System von Hand anhalten, {incident.number}: {incident.title}"
    assert "Sie werden angerufen, bis Sie antworten." in mail.body
    assert "\n\nAntworten: http" in mail.body
    assert [one.body["details"]["why"] for one in paged] == ["Stop the system by hand"]


@pytest.mark.django_db
def test_what_is_told_late_is_one_digest_that_grows_in_german():
    who = reader()
    late = worded("- {subject}", subject=worded("Vote on {number}: {action} of {system}",
                  number="SO-1", action="stop", system="Triage"))  # fmt: skip

    add_to_digests(lines=[Late(who, late, drill=False)], at=AT)
    first = mail_of(who).subject
    add_to_digests(lines=[Late(who, late, drill=False)], at=AT)

    mail = mail_of(who)
    assert first == "1 Angelegenheit nachholen: überfällig, verspätet mitgeteilt"
    assert mail.subject == "2 Angelegenheiten nachholen: überfällig, verspätet mitgeteilt"
    assert mail.body.startswith("Eine Zeit lang wurde nichts versandt.")
    assert mail.body.count("- Über SO-1 abstimmen: stop, Triage") == 2


# ---------------------------------------------------------------- registry and telemetry
@pytest.mark.django_db
def test_a_document_whose_file_changed():
    who = reader()
    document = Document(title="Model card", owner=who)

    documents_out._tell_owner(DocumentVersion(document=document, number=2, sha256="ab"), AT)

    assert mail_of(who).subject == (
        "Die Datei eines Dokuments ist nicht die hochgeladene: Model card"
    )
    assert "Fassung 2 von Model card wurde abgerufen" in mail_of(who).body


@pytest.mark.django_db
def test_an_invitation():
    who = reader()

    with acting_as(SETUP):
        invitations._write_to(who, SETUP, AT)

    assert mail_of(who).subject == "Setzen Sie Ihr Passwort für Countersign"
    assert mail_of(who).body.startswith("Anna Roth,\n\n")
    assert f"geben Sie diese Adresse ein: {who.email}." in mail_of(who).body


@pytest.mark.django_db
def test_a_concern():
    who = reader()

    concern_records.tell_of_concern(Concern(number="HW-1"), [who], "raised", AT)

    assert mail_of(who).subject == "HW-1: Ein Hinweis wartet auf Sie"
    assert "um die hinweisgebende Person zu schützen" in mail_of(who).body


@pytest.mark.django_db
def test_a_reading_from_the_future():
    house = factory.house()
    german(house.owner)
    end = dt.datetime(2026, 12, 1, 12, 0, tzinfo=dt.UTC)
    row = QuarantinedReading(series=house.series, window_end=end, received_at=AT)

    with acting_as(machine("sweep")) as actor:
        quarantine._tell(row, actor, AT)

    mail = mail_of(house.owner)
    assert mail.subject.endswith(": Ein Messwert aus der Zukunft wurde nie beurteilt")
    assert "das am 1. Dezember 2026, 13:00:00 CET endet" in mail.body


@pytest.mark.django_db
def test_a_trial():
    who = reader()

    with acting_as(acting(who)) as actor:
        queue_trial(actor=actor, at=AT)

    assert (mail_of(who).subject, mail_of(who).body) == (
        "Testnachricht: nichts zu tun",
        "Sie haben diese Testnachricht angefordert. Wenn Sie sie lesen, erreicht Sie dieser Weg.",
    )


# ---------------------------------------------------------------- what carries others
@pytest.mark.parametrize(
    ("form", "subject", "first"),
    [
        ("bundle", "A (und 1 weitere)", "Mehreres, das Dringendste zuerst."),
        ("digest", "A (Sammelmeldung mit 2)", "Ihre Sammelmeldung, das Dringendste zuerst."),
        ("summary", "A (Zusammenfassung von 2)", "Sehr viele Benachrichtigungen"),
    ],
)
def test_the_lines_of_a_carrier(form, subject, first):
    items = [Item(name, "Open", "", name, None, AT) for name in "AB"]

    with speaking("de"):
        carried = _composed(form, items)

    assert carried.subject == subject
    assert carried.body.startswith(first)
    assert "Offen" not in carried.body


def test_what_was_told_before_of_the_same():
    items = [
        Item(name, "x", "", "one", None, AT - day) for name, day in (("New", 0 * DAY), ("Old", DAY))
    ]

    with speaking("de"):
        digest, bundle = _composed("digest", items), _composed("bundle", items)

    assert "  davor: Old" in digest.body
    assert "Davor, zum selben Thema:\n  Old" in bundle.body


@pytest.mark.django_db
def test_a_storm_is_told_in_german_and_recorded_in_english(monkeypatch):
    who = reader()
    monkeypatch.setattr(storms, "operations", lambda at: [who.pk])
    monkeypatch.setattr(storms, "contacts_of",
                        lambda ids: {who.pk: Contact(mail=who.email, language="de")})  # fmt: skip

    with acting_as(machine("delivery")):
        storms._begin(240, AT)

    assert mail_of(who).subject == "Eine Flut von Benachrichtigungen prüfen: 240 auf einmal"
    assert mail_of(who).body.startswith("240 Benachrichtigungen kamen auf einmal;")
    assert NoticeStorm.objects.get().counted == 240
    assert reasons()[0] == "240 notices came at once; they go out as summaries until it calms."
