"""The verification of the whole ledger: on good logs, on record, under a lease, by command."""

import datetime as dt
import io
import json

import orjson
import pytest
from django.core.management import CommandError, call_command

from ledger.models import Entry, VerificationRun
from ledger.rules.actors import Actor, machine
from ledger.selectors.verifications import (
    failed_verifications,
    verification,
    verifications,
)
from ledger.services import checking, verification_leases
from ledger.services.checking import check_ledger
from ledger.services.origins import reopen_log
from ledger.services.rhythm import beat
from ledger.services.rotation import rotate_key
from ledger.services.sealing import seal, seal_for
from ledger.services.verification import (
    MOST_ATTEMPTS,
    request_verification,
    run_under,
    run_waiting,
)
from ledger.services.verification_leases import LeaseLost, take
from tests.ledger.forger import number_of, tamper
from tests.ledger.sealed import AT, OPERATOR, sealed, write

MINUTE = dt.timedelta(minutes=1)
DAY = dt.timedelta(days=1)
PERSON = Actor(kind="person", id="0d2a3f3e-1111-4222-8333-444455556666", name="Maren Vogt")
SYSTEM = "7d2a3f3e-1111-4222-8333-444455556666"


def results():
    """Each claim and its result."""
    return {claim.name: claim.result for claim in check_ledger().claims}


def everything_holds():
    return set(results().values()) <= {"PASS", "SKIP"}


def last_entry(verb):
    """The body of the newest entry of a verb."""
    return orjson.loads(bytes(Entry.objects.filter(verb=verb).latest("id").body))


@pytest.mark.django_db
def test_an_empty_ledger_holds():
    assert everything_holds()


@pytest.mark.django_db
def test_a_log_of_several_streams_and_people_holds():
    sealed(3)
    sealed(2, system_id=SYSTEM, actor=PERSON)
    sealed(1, incident_id=SYSTEM, subject=("incident", SYSTEM, "Überfällig 'x' \"y\" \\ \u2028"))
    write(2)

    assert everything_holds()


@pytest.mark.django_db
@pytest.mark.parametrize("stretch", [1, 2, 3, 7, 50_000])
def test_how_far_a_stretch_goes_makes_no_difference(monkeypatch, stretch):
    monkeypatch.setattr(checking, "STRETCH", stretch)
    for count in (1, 2, 3, 5):
        sealed(count)

    report = check_ledger()

    assert (report.size, report.passed) == (12, True)
    assert "4 signed roots" in next(one.words for one in report.claims if one.name == "tree")


@pytest.mark.django_db
def test_a_log_whose_key_was_changed_twice_holds():
    sealed(2)
    rotate_key(reason="once a year", actor=OPERATOR, at=AT)
    sealed(2)
    rotate_key(reason="once a year", actor=OPERATOR, at=AT)
    sealed(2)

    assert everything_holds()
    assert "2 changes of it" in next(c.words for c in check_ledger().claims if c.name == "keys")


@pytest.mark.django_db
def test_a_log_that_went_on_under_a_new_origin_holds():
    sealed(2)
    reopen_log(origin="new.example/ledger", reason="the key was lost", actor=OPERATOR, at=AT)
    sealed(2)

    assert everything_holds()


@pytest.mark.django_db
def test_leaves_that_count_streams_are_counted_again():
    sealed(2, system_id=SYSTEM)
    beat(AT)
    seal_for(streams=[SYSTEM], at=AT)

    (claim,) = [claim for claim in check_ledger().claims if claim.name == "counts"]

    assert (claim.result, claim.words) == (
        "PASS",
        "2 leaves that count streams agree with the leaves before them",
    )


@pytest.mark.django_db
def test_a_leaf_that_counts_wrongly_is_named(monkeypatch):
    sealed(2)
    (number,) = write(
        verb="ledger.counted",
        subject=("ledger", "x", "x"),
        details={"streams": {"organisation": 2, SYSTEM: 1}},
    )
    seal(at=AT)

    (failed,) = check_ledger().failed

    assert (failed.name, failed.entry) == ("counts", number)
    assert "(and 1 more)" in failed.words


@pytest.mark.django_db
def test_whoever_asks_is_on_record_and_an_open_request_serves_all():
    first = request_verification(actor=PERSON, at=AT)
    second = request_verification(actor=machine("cli"), at=AT + MINUTE)

    assert first == second
    assert Entry.objects.filter(verb="ledger.verification_requested").count() == 2
    assert verification(run_id=first).state == "queued"


@pytest.mark.django_db
def test_a_run_keeps_what_it_found_and_tells_the_ledger():
    sealed(3)
    asked = request_verification(actor=PERSON, at=AT)

    done = run_waiting(AT)

    found = verification(run_id=asked)
    told = last_entry("ledger.verified")
    assert done == 1
    assert (found.state, found.size, found.checked, found.percent) == ("passed", 4, 4, 100)
    assert found == verifications()[0]
    assert {claim.result for claim in found.claims} == {"PASS", "SKIP"}
    assert (told["details"]["run"], told["details"]["size"]) == (str(asked), 4)


def test_a_failed_run_names_the_entry_and_is_listed_for_who_opens_cases(own_database):
    sealed(3)
    bad = number_of(2)
    tamper(own_database, "UPDATE ledger_entry SET verb = 'x' WHERE id = %s", bad)
    request_verification(actor=PERSON, at=AT)

    run_waiting(AT)

    (found,) = failed_verifications(AT - MINUTE)
    assert (found.state, found.first_bad, found.cause) == ("failed", bad, f"columns {bad}")
    assert found.failure.startswith(f"columns: entry {bad} (seq 2) is searched under verb 'x'")
    assert last_entry("ledger.verification_failed")["details"]["run"] == str(found.id)
    assert failed_verifications(AT + MINUTE) == []


@pytest.mark.django_db
def test_the_sweep_verifies_once_a_day_by_itself():
    sealed(1)

    done = [run_waiting(AT), run_waiting(AT + MINUTE), run_waiting(AT + DAY + MINUTE)]

    assert done == [1, 0, 1]
    assert [run.requested_by for run in verifications()] == ["verifier", "verifier"]


@pytest.mark.django_db
def test_before_the_first_seal_the_sweep_verifies_nothing():
    write(1)

    assert run_waiting(AT) == 0


@pytest.mark.django_db
def test_a_run_is_not_taken_twice_while_its_worker_is_alive():
    request_verification(actor=PERSON, at=AT)
    take(at=AT)

    assert take(at=AT + MINUTE) is None


@pytest.mark.django_db
def test_a_worker_that_went_silent_loses_its_run_and_cannot_finish_it():
    sealed(1)
    request_verification(actor=PERSON, at=AT)
    silent = take(at=AT)
    take(at=AT + verification_leases.LENGTH)

    with pytest.raises(LeaseLost):
        run_under(silent)

    assert verifications()[0].state == "running"
    assert not Entry.objects.filter(verb="ledger.verified").exists()


@pytest.mark.django_db
def test_a_run_that_kills_its_workers_is_given_up_and_counts_as_failed():
    request_verification(actor=PERSON, at=AT)
    VerificationRun.objects.update(attempts=MOST_ATTEMPTS)

    run_waiting(AT)

    (found,) = failed_verifications(AT)
    assert (found.state, found.cause) == ("stopped", "run")
    assert "given up" in found.failure
    assert Entry.objects.filter(verb="ledger.verification_failed").exists()


@pytest.mark.django_db
def test_progress_is_seen_while_it_runs(monkeypatch):
    monkeypatch.setattr(checking, "STRETCH", 2)
    sealed(5)
    seen = []

    check_ledger(progress=lambda checked, size: seen.append((checked, size)))

    assert seen == [(2, 6), (4, 6), (6, 6)]


def run_command(**options):
    out = io.StringIO()
    try:
        call_command("verify_ledger", stdout=out, **options)
    except CommandError as error:
        return out.getvalue(), error.returncode
    return out.getvalue(), 0


@pytest.mark.django_db
def test_the_command_prints_a_line_a_claim_and_is_on_record():
    sealed(2)

    printed, code = run_command()

    assert code == 0
    assert len(printed.splitlines()) == len(check_ledger().claims)
    assert printed.startswith("PASS  lines: 3 lines hash to their leaves\n")
    assert last_entry("ledger.verified")["details"]["size"] == 3


def test_the_command_ends_with_1_where_something_is_wrong(own_database):
    sealed(2)
    tamper(own_database, "UPDATE ledger_checkpoint SET root = %s", bytes(32))

    printed, code = run_command(json=True)

    found = json.loads(printed)
    assert code == 1
    assert (found["passed"], found["size"]) == (False, 3)
    assert [c["name"] for c in found["claims"] if c["result"] == "FAIL"] == ["tree"]


@pytest.mark.django_db
def test_the_command_leaves_a_copy_as_it_is_when_told_so():
    sealed(2)

    run_command(read_only=True)

    assert not VerificationRun.objects.exists()
    assert Entry.objects.count() == 3
