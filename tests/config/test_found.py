"""An organisation is founded by one command, once (docs/first_steps.md)."""

import pytest
from django.core.management import CommandError, call_command

from ledger.models import Entry
from registry.models import RoleAssignment, Unit, User
from telemetry.models import KpiTemplate

pytestmark = [pytest.mark.django_db, pytest.mark.full]
PASSWORD = "a-long-enough-password"


@pytest.fixture
def found(monkeypatch):
    """The command, with the password where it is looked for."""
    monkeypatch.setenv("FOUND_PASSWORD", PASSWORD)
    return lambda name: call_command(
        "found", name, administrator="ada@example.org", name="Ada Ash", verbosity=0
    )


def test_a_unit_an_administrator_and_what_is_known_are_there_afterwards(found, capsys):
    found("Harbour Mutual")

    ada = User.objects.get(email="ada@example.org")
    assert Unit.objects.get().name == "Harbour Mutual"
    assert ada.check_password(PASSWORD)
    assert list(RoleAssignment.objects.values_list("role", "user")) == [("administrator", ada.pk)]
    assert KpiTemplate.objects.exists()
    assert "/first-steps/" in capsys.readouterr().out


def test_a_second_one_is_refused_and_leaves_nothing(found):
    found("Harbour Mutual")
    count = Entry.objects.count()

    with pytest.raises(CommandError, match="founded_already"):
        found("Another")

    assert (Unit.objects.count(), Entry.objects.count()) == (1, count)
