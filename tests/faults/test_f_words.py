"""F43: a length of time keeps its days, and F16: what people did reads the same when they left."""

import ast
import datetime as dt
from pathlib import Path

import pytest
from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.utils import translation

from config import words
from incidents.rules.transitions import VALIDATION
from ledger.context import acting_as
from registry.models import User
from registry.services.people import deactivate_user
from tests.governance.organisation import organised
from tests.governance.pages import section, seen, stand_at
from tests.incidents.factory import AT, SETUP, bring, person

ROOT = Path(settings.BASE_DIR)
FLOORS = (
    "config", "reports", "governance", "incidents", "telemetry", "registry", "outbox", "ledger",
    "bench", "demo", "clients",
)  # fmt: skip
LENGTHS = ("delta", "span", "length", "left", "late", "age", "elapsed", "duration", "behind")


# ---------------------------------------------------------------- F43
def seconds_of_lengths(source):
    """The lines on which `.seconds` is read of what is, by its name or its making, a timedelta."""
    if ".seconds" not in source:
        return []
    found, nodes = [], list(ast.walk(ast.parse(source)))
    called = {id(node.func) for node in nodes if isinstance(node, ast.Call)}
    for node in nodes:
        if not (isinstance(node, ast.Attribute) and node.attr == "seconds") or id(node) in called:
            continue
        of = node.value
        is_difference = isinstance(of, ast.BinOp) and isinstance(of.op, ast.Sub)
        name = getattr(of, "id", getattr(of, "attr", ""))
        made = isinstance(of, ast.Call) and getattr(of.func, "id", of.func) == "timedelta"
        if is_difference or made or any(one in name.lower() for one in LENGTHS):
            found.append(node.lineno)
    return found


def test_f43_no_length_of_time_is_read_without_its_days():
    files = [file for floor in FLOORS for file in (ROOT / floor).rglob("*.py")]

    wrong = {str(file): lines for file in files if (lines := seconds_of_lengths(file.read_text()))}

    assert len(files) > 500
    assert wrong == {}


@pytest.mark.parametrize(
    "planted", ["(end - start).seconds", "timedelta(days=3).seconds", "elapsed.seconds"]
)
def test_f43_a_planted_one_is_found(planted):
    assert seconds_of_lengths(f"x = {planted}") == [1]


def test_f43_three_days_and_five_minutes_are_three_days_everywhere():
    length = dt.timedelta(days=3, minutes=5)

    with translation.override("en"):
        assert words.span(length) == "3 d"
        assert words.left(length) == "in 3 d"
        assert words.left(-length) == "3 d overdue"
        assert words.spare(-length) == "3 d late"


# ---------------------------------------------------------------- F16
@pytest.fixture
def monday_morning():
    """The clock of pages stands at the case's instant."""
    stand_at(AT)
    yield
    stand_at(None)


@pytest.mark.django_db
@pytest.mark.usefixtures("monday_morning")
def test_f16_who_left_and_is_called_otherwise_now_stands_in_the_record_as_then():
    of = organised()
    incident = bring(of.house, VALIDATION)
    owner, name = of.house.owner, of.house.owner.name
    successor = person(unit=of.house.unit)
    path = f"/incidents/{incident.number}/"
    before = section(seen(Client(), path, of.house.auditor), "The record", "$$")

    with acting_as(SETUP):
        system = of.house.system
        system.refresh_from_db()
        system.owner = successor
        system.save(at=AT)
        deactivate_user(user_id=owner.pk, reason="left", actor=SETUP, at=AT)
        left = User.objects.get(pk=owner.pk)
        left.name = "Somebody Else"
        left.save(at=AT)

    after = section(seen(Client(), path, of.house.auditor), "The record", "$$")
    assert f"{name} submitted and signed the findings." in before
    assert f"{name} submitted and signed the findings." in after
    assert {row.person_name for row in incident.transitions.filter(person=owner)} == {name}


@pytest.mark.django_db
def test_f16_nobody_who_acted_is_deleted_from_the_record():
    of = organised()
    incident = bring(of.house, VALIDATION)

    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM registry_user WHERE id = %s", [of.house.owner.pk])

    assert incident.transitions.filter(person=of.house.owner).exists()
