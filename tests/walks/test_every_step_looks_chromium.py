"""How the form of every step on a case looks: as the pages do, in test_every_page_looks_chromium.

The pages show the step that is next; the forms of all others are opened here, each once, by
somebody who is offered it on a case of the gallery.
"""

import re

import pytest
from django.db import connections
from django.test import Client

from incidents.rules.transitions import COMMANDS
from tests.walks.browser import chromium, serving
from tests.walks.gallery import hang
from tests.walks.test_every_page_looks_chromium import Onlooker

pytestmark = [pytest.mark.browser, pytest.mark.full]

CASES = (
    "open",
    "investigating",
    "validation",
    "waiting",
    "deciding",
    "execution",
    "compensated",
    "verification",
    "accepted",
    "closed",
    "contained",
    "reported",
)
# What is surely offered on one of them: a walk that finds none of these looks at nothing. No case
# of the gallery offers its findings; the walk by keyboard looks at that form.
SURELY = {
    "acknowledge",
    "add_evidence",
    "raise_severity",
    "emergency_contain",
    "return_to_owner",
    "withdraw",
    "verification_failed",
    "reopen",
}


@pytest.fixture
def gallery(monday, files, blank_paper, monkeypatch):
    """One of everything."""
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    return hang()


def test_the_form_of_every_step_looks_as_it_should(gallery):
    steps = offered(gallery)
    faults = []

    with serving() as base_url, chromium() as browser:
        onlookers = {}
        for command, (role, path) in steps.items():
            if role not in onlookers:
                onlookers[role] = Onlooker(browser, base_url, gallery.people[role].email)
            onlookers[role].visit(path, f"step-{command}-{role}")
        faults = [fault for one in onlookers.values() for fault in one.faults]
        connections.close_all()

    assert not faults, "\n".join(faults)
    assert set(steps) >= SURELY, f"nobody is offered {sorted(SURELY - set(steps))}"


def offered(gallery):
    """Return the steps that links on the cases lead to: command to (role, address), each once."""
    found = {}
    for role, person in gallery.people.items():
        client = Client()
        client.force_login(person)
        for case in CASES:
            path = f"/incidents/{getattr(gallery.made, case).number}/"
            html = client.get(path).content.decode()
            for command in re.findall(rf'(?:href|action)="{path}(\w+)/[#"]', html):
                if command in COMMANDS:
                    found.setdefault(command, (role, f"{path}{command}/"))
    return found
