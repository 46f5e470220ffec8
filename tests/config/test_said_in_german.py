"""Digests, calendars and the ledger's lines in German; the record stays English (issue 8)."""

import datetime as dt

import icalendar
import pytest
from django.core.cache import cache
from django.test import Client

from config.extraction import of_python
from governance.selectors.pages.record import deed, sentence
from ledger import verbs
from ledger.models import Entry
from ledger.selectors.lines import line, lines_of_incident
from outbox.languages import spoken_to
from outbox.models import Message
from outbox.services.messages import queue_mail
from outbox.services.sorting import sort_notices
from registry.models import LegalHold
from registry.services.break_glass import break_glass
from registry.services.means import reset_second_factors
from registry.services.notices import Choices, set_preference
from registry.services.token_endings import announce_endings
from reports.selectors.desk_leads import lead_for
from reports.services.desk import make_feed
from reports.services.retention import _tell
from tests.german import german, mail_of, reader, reasons
from tests.governance.pages import signed_in, stand_at
from tests.incidents import factory as cases
from tests.incidents.factory import AT
from tests.registry import factories as registry

pytestmark = pytest.mark.django_db
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)


@pytest.fixture
def house():
    """A house whose owner reads German, at an instant that stands."""
    cache.clear()
    stand_at(AT)
    made = cases.house()
    german(made.owner)
    yield made
    stand_at(None)


def by(who, service, **given):
    return registry.call(service, actor=registry.person_as_actor(who), **({"at": AT} | given))


# ---------------------------------------------------------------- mails of access
def test_break_glass_access_with_the_officer_s_hours():
    unit = registry.unit()
    officer, actor = registry.user(of=unit), registry.user(of=registry.unit())
    registry.role(officer, "compliance", unit=unit)
    registry.role(actor, "emergency", unit=actor.unit)
    why = "The agent pays invoices twice and nobody answers."
    german(officer)

    by(actor, break_glass, unit_id=unit.pk, hours=2, reason=why, at=registry.AT)

    mail = mail_of(officer)
    assert mail.subject == f"Notzugriff auf {unit.name} überprüfen"
    assert "im Notfall bis 20. November 2026, 12:00 CET.\n\nGrund: The agent" in mail.body
    assert "überprüfen Sie den Zugriff bis 23. November 2026, 10:00 CET: " in mail.body
    assert reasons()[0] == why


def test_second_factors_that_were_removed():
    unit = registry.unit()
    who, administrator = registry.user(of=unit), registry.user(of=unit)
    registry.role(administrator, "administrator", unit=unit)
    german(who)

    by(administrator, reset_second_factors, user_id=who.pk, reason="phone lost", at=registry.AT)

    assert mail_of(who).subject == "Ihre zweiten Faktoren wurden entfernt"
    assert "Grund: phone lost\nWenn Sie darum nicht gebeten haben" in mail_of(who).body


def test_a_token_that_ends():
    unit = registry.unit()
    administrator = registry.user(of=unit)
    registry.role(administrator, "administrator", unit=unit)
    german(administrator)
    account = registry.user(kind="service", of=unit)
    made, _ = registry.token(account=account, at=registry.AT, expires_at=registry.AT + 13 * DAY)

    announce_endings(registry.AT)

    mail = mail_of(administrator)
    assert mail.subject == f"Das Token {made.name} endet am 3. Dezember 2026"
    assert "endet am 3. Dezember 2026, 10:00 CET. Wer es benutzt, wird von da an" in mail.body


def test_a_hold_that_retention_met(house):
    hold = LegalHold(scope="system", system=house.system, reason="A suit.", owner=house.owner)

    _tell(hold, house.owner, ["readings: 2025-03"], AT)

    assert mail_of(house.owner).subject == "Die Aufbewahrung traf auf Ihre Sperre: Claims approval"
    assert "(Claims approval): A suit.\n\nreadings: 2025-03\n\nBeenden" in mail_of(house.owner).body


# ---------------------------------------------------------------- digest and calendar
def test_a_digest_begins_with_the_desk_in_german(house):
    cases.opened(house, severity="major")

    lead = lead_for(house.owner.pk, AT)

    (step,) = lead.steps
    assert lead.heading == "Wartet auf Sie, die nächste Frist zuerst:"
    assert step.step.startswith("Übernehmen bis 16. November 2026, ")
    assert step.step.endswith(" CET")
    assert step.about.endswith(" · Claims approval · Erheblich")


def test_the_lines_around_a_digest_are_german(house):
    who = reader()
    choices = Choices(digest_hour=8, digest=["information"])
    by(who, set_preference, choices=choices, expected_version=0)
    for number in (1, 2):
        queue_mail(
            key=f"k{number}", person_id=who.pk, address=who.email, subject=f"Read {number}",
            body="x", kind="information", at=AT,
        )  # fmt: skip
    sort_notices(at=AT + HOUR)

    sort_notices(at=AT + 24 * HOUR)

    carrier = Message.objects.get(form="digest", person_id=who.pk)
    assert "Ihre Sammelmeldung, das Dringendste zuerst." in carrier.body
    assert "Your digest" not in carrier.body


def test_a_calendar_is_in_its_owner_s_language(house):
    cases.clock_rule()
    incident = cases.opened(house)
    cases.do(incident, "acknowledge", house.owner, personal_data="yes")
    german(house.compliance)
    _row, secret = by(house.compliance, make_feed)

    content = Client().get(f"/calendar/{secret}.ics", headers={"Accept-Language": "en"}).content

    calendar = icalendar.Calendar.from_ical(content)
    summaries = {str(event["SUMMARY"]) for event in calendar.walk("VEVENT")}
    assert str(calendar["X-WR-CALNAME"]) == "Fristen in Countersign"
    assert f"{incident.number} · Claims approval · Meldefrist" in summaries


# ---------------------------------------------------------------- the ledger's lines
def test_every_verb_of_the_record_has_its_german():
    names = [one for one in verbs.registered().values() if of_the_product(one.name)]

    english = [one.name for one in names if spoken_to(one.told, "de") == one.words]

    assert len(names) > 500
    assert english == []


def of_the_product(name):
    """Whether no test or measurement has registered it."""
    return not name.startswith(("load.", "x.", "stop.", "seance.", "oddity.", "oracle."))


def test_a_sentence_of_the_record_in_both_languages(house):
    incident = cases.opened(house)
    cases.do(incident, "acknowledge", house.owner)
    (last,) = [
        one for one in lines_of_incident(incident_id=incident.pk)
        if one.verb == "incident.acknowledged"
    ]  # fmt: skip

    assert sentence(last) == f"acknowledged {incident.number}. Open to Investigating."
    assert spoken_to(sentence(last), "de") == (
        f"Übernommen: {incident.number}. Von „Offen“ nach „In Untersuchung“."
    )
    assert spoken_to(deed(last, incident.number), "de") == (
        "Übernommen. Von „Offen“ nach „In Untersuchung“"
    )


def test_pages_say_the_verbs_in_german_and_the_record_and_its_files_in_english(house):
    incident = cases.opened(house)
    (number,) = Entry.objects.filter(verb="incident.opened").values_list("pk", flat=True)
    german(house.auditor)
    client = signed_in(Client(), house.auditor)

    case = client.get(f"/incidents/{incident.number}/").content.decode()
    room = client.get("/ledger/?verb=incident.*").content.decode()
    entry = client.get(f"/ledger/{number}/").content.decode()
    sheet = b"".join(client.get("/ledger/entries.csv?verb=incident.*").streaming_content)
    data = client.get(f"/api/v1/ledger/entries/{number}").json()

    assert "</b> Eröffnet." in case
    assert ">Eröffnet<" in room
    assert '<optgroup label="Vorfälle">' in room
    assert '<span class="label ledger-under">Vorfall</span>' in room
    assert '<option value="incident">Vorfall</option>' in room
    assert ">Vorfälle: alle</option>" in room
    assert f" Eröffnet: {incident.number}</h1>" in entry
    assert f"opened {incident.number}.".encode() in sheet
    assert data["words"] == f"opened {incident.number}."
    assert line(number=number).words == "opened"


def test_verbs_are_found_in_the_sources_under_their_own_context():
    found = [(one.context, one.message) for one in of_python(
        'VERBS = {"ball.kicked": "kicked"}\nEXCEPTIONS = {"ball.kicked": ("silence", "")}\n',
        "games/verbs.py",
    )]  # fmt: skip

    assert found == [("verb of the record", "kicked"), ("what verbs are about", "Balls")]
