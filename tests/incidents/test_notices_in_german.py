"""Mails on cases in their reader's language: what is asked, until when, with recorded instants."""

import datetime as dt
from types import SimpleNamespace
from uuid import uuid4

import pytest

from incidents.rules.commands import COMMANDS
from incidents.rules.notices import CONTEXT, VERBS, notice
from incidents.services.acceptances import _tell_ended
from incidents.services.notices import tell
from ledger.rules.worded import in_context, worded
from outbox.languages import mailed, spoken_to
from outbox.models import Message
from outbox.rules.mails import Mail
from tests.german import german, mail_of
from tests.incidents import factory
from tests.incidents.factory import AT

DAY = dt.timedelta(days=1)


def of_case(task, words="", zone="Europe/Berlin", due_at=AT + 7 * DAY):
    found = notice(
        task=task, number="INC-1", title="Open", severity="major", due_at=due_at, zone=zone,
        url="https://example.org/", words=words,
    )  # fmt: skip
    return mailed(Mail("key", None, "a@example.org", found.subject, found.body), "de")


def test_a_case_asks_in_german_and_keeps_what_people_wrote():
    words = worded("{basis}, counted from {when}.", basis="DORA", when="2026-11-16 02:20 UTC")

    mail = of_case("clock", words, zone="America/New_York")

    assert mail.subject == "Meldefrist klären bis Mo 23. Nov. 04:00 EST (INC-1): Open"
    assert mail.body.splitlines() == [
        "Meldefrist klären bis Mo 23. Nov. 04:00 EST (INC-1).",
        "",
        "Open",
        "Schweregrad: Erheblich.",
        "",
        "DORA, gezählt ab So 15. Nov. 21:20 EST (2026-11-16 02:20 UTC).",
        "",
        "Frist: Mo 23. Nov. 04:00 EST (2026-11-23 09:00 UTC).",
        "",
        "https://example.org/",
    ]


def test_without_a_deadline_a_case_names_none():
    assert of_case("informed", due_at=None).subject == "Zur Kenntnis: geschlossen (INC-1): Open"


def test_whatever_a_mail_asks_for_has_its_german():
    asked = [one for name, one in VERBS.items() if not name.startswith("ask_")]
    asked += [one.words for one in COMMANDS.values()]

    english = [one for one in asked if spoken_to(in_context(CONTEXT, one), "de") == one]

    assert english == []


def test_somebody_is_asked_to_give_a_command():
    mail = of_case("ask_submit_findings")

    assert mail.subject == "Befund einreichen bis Mo 23. Nov. 10:00 CET (INC-1): Open"


@pytest.mark.django_db
def test_a_case_mails_its_german_owner_and_its_english_deputy():
    house = factory.house()
    german(house.owner)
    incident = factory.opened(house)
    Message.objects.all().delete()

    tell(incident, [house.owner, house.deputy], task="validation", key="k", due_at=AT + 7 * DAY,
         at=AT, words="The deadline has passed.")  # fmt: skip

    german_mail, english_mail = mail_of(house.owner), mail_of(house.deputy)
    assert german_mail.subject.startswith("Validieren bis Mo 23. Nov. 10:00 CET (INC-")
    assert "Die Frist ist verstrichen." in german_mail.body
    assert english_mail.subject.startswith("Validate INC-")
    assert " by Mon 23 Nov 10:00 CET: " in english_mail.subject
    assert "The deadline has passed." in english_mail.body


def test_the_end_of_an_acceptance(monkeypatch):
    told_words = []
    monkeypatch.setattr("incidents.services.acceptances.RiskAcceptance", Rows())
    monkeypatch.setattr("incidents.services.acceptances.tell",
                        lambda *_, words, **__: told_words.append(words))  # fmt: skip
    words = worded("{number} expired on {when}.", number="RA-1", when="2026-11-16 09:00 UTC")

    _tell_ended(uuid4(), words, AT)

    assert of_case("acceptance_ended", *told_words).body.splitlines()[5] == (
        "RA-1 ist abgelaufen: Mo 16. Nov. 10:00 CET (2026-11-16 09:00 UTC)."
    )


class Rows:
    """An acceptance, however it is asked for."""

    def __getattr__(self, name):
        return self

    def __call__(self, *_, **__):
        return self

    def __getitem__(self, _):
        return SimpleNamespace(
            number="RA-1", owner=None, incident=SimpleNamespace(owner=None, stage_due_at=None)
        )
