"""What is beyond its time goes, never below the legal floor, and never while a hold keeps it."""

import datetime as dt
import uuid

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client

from ledger.context import acting_as
from ledger.models import Disclosure, Entry
from ledger.rules.actors import Actor
from ledger.rules.commitments import Personal
from ledger.rules.refusals import Forbidden, Invalid
from ledger.selectors.lines import lines_of_object
from ledger.services.entries import append_entry
from outbox.models import Message
from outbox.services.messages import queue_mail
from registry.models import LegalHold, RetentionRule
from registry.services.holds import Held, end_hold, set_hold
from registry.services.retention import load_retention, set_retention
from reports.models import Pack
from reports.services.retention import run_daily, run_retention
from telemetry.models import Heartbeat, Measurement
from tests.governance.pages import seen, signed_in, text_of
from tests.incidents.factory import AT, SETUP, acting, house, opened

pytestmark = pytest.mark.django_db
OLD, YOUNG = dt.date(2025, 3, 1), dt.date(2026, 6, 1)
YEARS = dt.timedelta(days=1)


@pytest.fixture
def of():
    """A house with the rules as shipped, readings kept for two years only as long as they must."""
    made = house()
    with acting_as(SETUP):
        load_retention(actor=SETUP, at=AT)
    keep("measurements", 184)
    return made


def keep(kind, days):
    """Let a kind be kept for some days."""
    with acting_as(SETUP):
        set_retention(kind=kind, keep_days=days, reason="test", actor=SETUP, at=AT)


def readings(series, *months):
    """One reading in the middle of each month, in a partition of its own."""
    with connection.cursor() as cursor:
        for month in months:
            cursor.execute("SELECT telemetry_make_partition('telemetry_measurement', %s)", [month])
            cursor.execute(
                "INSERT INTO telemetry_measurement (series_id, window_end, revision, value, good,"
                " received_at, batch_id) VALUES (%s, %s, 0, 0.9, true, %s, %s)",
                [series.pk, month + dt.timedelta(days=14), AT, uuid.uuid4()],
            )


def run(at=AT, **changes):
    """Run retention; returns what became of each kind."""
    from reports.services.retention import RETENTION

    with acting_as(RETENTION):
        return {one.rule.pk: one.dropped for one in run_retention(at=at, **changes)}


def hold(of, **changes):
    """Let compliance hold the system, or what is named."""
    actor = acting(of.compliance)
    held = changes.pop("held", Held("system", system_id=of.system.pk))
    with acting_as(actor):
        return set_hold(
            held=held, reason="A claim is before the court.", actor=actor, at=AT, **changes
        )


def test_a_month_beyond_its_time_goes_and_a_younger_one_stays(of):
    readings(of.series, OLD, YOUNG)

    ran = run()

    assert (ran["measurements"].count, ran["measurements"].names) == (1, ("2025-03",))
    assert [row.window_end.month for row in Measurement.objects.all()] == [6]


def test_one_entry_tells_of_the_whole_run(of):
    readings(of.series, OLD)

    run()

    (line,) = lines_of_object(object_type="retention", object_id=f"{AT:%Y-%m-%d}")
    told = line.body["details"]["kinds"]["measurements"]
    assert (told["dropped"], told["names"]) == (1, ["2025-03"])


def test_a_look_ahead_changes_nothing_and_writes_nothing(of):
    readings(of.series, OLD)

    ran = run(dry=True)

    assert ran["measurements"].names == ("2025-03",)
    assert Measurement.objects.count() == 1
    assert not Entry.objects.filter(verb="retention.ran").exists()


def test_a_rule_below_the_legal_floor_is_refused_with_its_bases(of):
    actor = acting(of.compliance)

    with acting_as(actor), pytest.raises(Invalid, match=r"Art\. 19\(1\).*Art\. 26\(6\)"):
        set_retention(kind="decision_events", keep_days=90, reason="less", actor=actor, at=AT)


def test_the_database_refuses_a_rule_below_its_floor(of):
    rule = RetentionRule.objects.get(pk="documentation")
    rule.keep_days = 365

    told = "kept_no_shorter_than_the_floor"
    with acting_as(SETUP), pytest.raises(IntegrityError, match=told), transaction.atomic():
        rule.save(at=AT)


def test_the_database_keeps_readings_of_the_last_half_year_from_whoever_asks(of):
    recent = (dt.datetime.now(dt.UTC) - dt.timedelta(days=90)).date().replace(day=1)

    told = pytest.raises(IntegrityError, match="at least 184 days")
    with told, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT telemetry_drop_partition('telemetry_measurement', %s)", [recent])


def test_who_is_not_compliance_changes_no_rule_and_sets_no_hold(of):
    actor = acting(of.auditor)

    with acting_as(actor), pytest.raises(Forbidden, match="a compliance officer"):
        set_retention(kind="measurements", keep_days=900, reason="x", actor=actor, at=AT)
    with acting_as(actor), pytest.raises(Forbidden, match="a compliance officer"):
        set_hold(held=Held("everything"), reason="x", actor=actor, at=AT)


def test_a_rule_that_the_organisation_set_outlives_a_new_release(of, tmp_path):
    from registry.services.retention import FILE

    keep("measurements", 1000)
    newer = tmp_path / "retention.yaml"
    newer.write_text(FILE.read_text().replace("version: 2026-11-20", "version: 2027-01-01"))

    with acting_as(SETUP):
        load_retention(actor=SETUP, at=AT, path=newer)

    assert RetentionRule.objects.get(pk="measurements").keep_days == 1000


def test_law_07_both_bases_and_the_longer_law_stand_at_the_logs(of):
    rule = RetentionRule.objects.get(pk="decision_events")

    sources = " ".join(basis["source"] for basis in rule.bases)
    assert "Art. 19(1)" in sources
    assert "Art. 26(6)" in sources
    assert "or longer" in rule.longer
    assert RetentionRule.objects.get(pk="documentation").counted_from.startswith(
        "the day on which the system was placed on the market"
    )


def test_a_hold_keeps_the_month_and_its_owner_is_told_once(of):
    readings(of.series, OLD)
    held = hold(of, owner_id=of.verifier.pk)

    first = run()
    run(AT + YEARS)

    assert Measurement.objects.count() == 1
    assert [(one.hold, one.words) for one in first["measurements"].met] == [(held.pk, "2025-03")]
    (mail,) = Message.objects.filter(key=f"retention-met-hold:{held.pk}")
    assert (mail.person_id, mail.subject) == (
        of.verifier.pk,
        "Retention met your hold on Claims approval",
    )


def test_a_hold_of_another_system_keeps_nothing_of_this_one(of):
    readings(of.series, OLD)
    other = house()
    hold(of, held=Held("system", system_id=other.system.pk))

    run()

    assert not Measurement.objects.exists()


def test_what_a_hold_kept_goes_once_it_has_ended(of):
    readings(of.series, OLD)
    held, actor = hold(of), acting(of.compliance)
    run()

    with acting_as(actor):
        end_hold(hold_id=held.pk, reason="settled", actor=actor, at=AT)
    run(AT + YEARS)

    assert not Measurement.objects.exists()


def test_a_hold_ends_by_itself_at_its_instant(of):
    readings(of.series, OLD)
    hold(of, until_at=AT + dt.timedelta(hours=2))

    run(AT + dt.timedelta(hours=3))

    assert not Measurement.objects.exists()


def test_a_month_that_an_open_case_reaches_back_to_stays(of):
    readings(of.series, OLD)
    opened(of, onset_at=dt.datetime(2025, 3, 5, tzinfo=dt.UTC))

    ran = run()

    assert ran["measurements"].left == "needed by an open case: 2025-03"
    assert Measurement.objects.count() == 1


def test_old_signs_of_life_go_but_of_a_held_system(of):
    other = house()
    for system in (of.system, other.system):
        Heartbeat.objects.create(system=system, at=AT - dt.timedelta(days=800))
    hold(of)

    run()

    assert [row.system_id for row in Heartbeat.objects.all()] == [of.system.pk]


def test_the_text_of_old_mail_goes_but_of_a_person_under_a_hold(of):
    for person in (of.owner, of.deputy):
        queue_mail(
            key=f"k:{person.pk}", person_id=person.pk, address=person.email, subject="Overdue",
            body="Please answer.", at=AT - dt.timedelta(days=400),
        )  # fmt: skip
    Message.objects.update(state=Message.State.SENT)
    hold(of, held=Held("person", person_id=of.owner.pk))

    run()

    kept = {row.person_id: row.body for row in Message.objects.filter(key__startswith="k:")}
    assert kept == {of.owner.pk: "Please answer.", of.deputy.pk: ""}


def test_what_a_stranger_typed_and_old_addresses_are_forgotten_and_the_entries_stay(of):
    long_ago = AT - dt.timedelta(days=400)
    stranger = Actor(kind="anonymous", id="anonymous", name="Somebody", address="203.0.113.9")
    with acting_as(stranger):
        number = append_entry(
            verb="user.sign_in_failed", actor=stranger, at=long_ago,
            subject=("user", "unknown", Personal("x@y.example", kind="typed", fresh=True)),
        )  # fmt: skip

    run()

    assert not Disclosure.objects.filter(kind__in=("typed", "address"), at=long_ago).exists()
    (line,) = lines_of_object(object_type="user", object_id="unknown")
    assert line.number == number
    assert line.label.startswith("erased (")
    assert line.body["from"]["address"].startswith("erased (")


def test_the_file_of_an_old_pack_goes_and_the_pack_stays(of, files):
    file = files / "packs" / "old.zip"
    file.parent.mkdir(parents=True)
    file.write_bytes(b"zip")
    at = AT - dt.timedelta(days=800)
    with acting_as(SETUP):
        pack = Pack.objects.create(
            number="EP-2024-00001", system=of.system, since=at, until=at + YEARS, state="ready",
            requested_by=of.auditor, requested_at=at, built_at=at, path="packs/old.zip",
        )  # fmt: skip
        append_entry(
            verb="pack.requested", actor=SETUP, at=at, subject=("pack", str(pack.pk), pack.number)
        )

    with_commits(run)

    assert not file.exists()
    assert Pack.objects.filter(pk=pack.pk).exists()


def test_it_runs_once_a_day(of):
    run_daily(AT)

    run_daily(AT + dt.timedelta(hours=23))
    run_daily(AT + dt.timedelta(hours=25))

    assert Entry.objects.filter(verb="retention.ran").count() == 2


def test_a_hold_names_exactly_what_it_covers(of):
    hold = LegalHold(
        scope="everything", system=of.system, reason="x", owner=of.compliance, from_at=AT
    )

    told = "hold_names_what_it_covers"
    with acting_as(SETUP), pytest.raises(IntegrityError, match=told), transaction.atomic():
        hold.save(force_insert=True, at=AT)


def test_the_page_shows_rules_holds_and_the_last_run(of):
    readings(of.series, OLD)
    hold(of)
    run()

    page = seen(Client(), "/retention/", of.auditor)

    assert "Decision events" in page
    assert "AI Act Art. 19(1); AI Act Art. 26(6)" in page
    assert "A claim is before the court." in page
    assert "held: 2025-03" in page
    assert "Set the hold" not in page


def test_compliance_sets_a_hold_by_the_page_and_ends_it(of):
    client = signed_in(Client(), of.compliance)
    client.post(
        "/retention/",
        {"what": f"system:{of.system.pk}", "reason": "court", "owner": str(of.compliance.pk)},
    )
    held = LegalHold.objects.get()

    client.post(f"/retention/holds/{held.pk}/", {"reason": "settled"})

    held.refresh_from_db()
    assert (held.scope, held.ended_reason) == ("system", "settled")


def test_a_rule_below_its_floor_is_told_at_the_field_of_the_page(of):
    client = signed_in(Client(), of.compliance)

    answer = client.post("/retention/rules/decision_events/", {"keep_days": 30, "reason": "x"})

    assert answer.status_code == 400
    assert "are kept for at least 184 days" in text_of(answer)


def test_an_owner_reads_nothing_there(of):
    page = seen(Client(), "/retention/", of.owner, status=403)

    assert "You cannot read how long records are kept" in page


def test_the_preview_page_says_what_would_go(of):
    readings(of.series, OLD)

    page = seen(Client(), "/retention/preview/", of.compliance)

    assert "2025-03" in page
    assert Measurement.objects.count() == 1


def test_the_api_does_what_the_page_does(of):
    client = signed_in(Client(), of.compliance)

    made = client.post(
        "/api/v1/retention/holds",
        {"system": of.system.slug, "reason": "court"},
        content_type="application/json",
    )
    read = client.get("/api/v1/retention/").json()
    ended = client.post(
        f"/api/v1/retention/holds/{made.json()['id']}/end",
        {"reason": "settled"},
        content_type="application/json",
    )

    assert (made.status_code, made.json()["what"]) == (201, "Claims approval")
    assert read["holds"][0]["id"] == made.json()["id"]
    assert {rule["kind"] for rule in read["rules"]} >= {"measurements", "documentation"}
    assert ended.json()["ended_reason"] == "settled"


def with_commits(call):
    """Call, and run what waits for the commit as if it had come."""
    from django.test import TestCase

    with TestCase.captureOnCommitCallbacks(execute=True):
        return call()
