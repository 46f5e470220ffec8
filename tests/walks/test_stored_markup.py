"""GOV-4: markup that somebody stored in any text field is shown as text, on every page.

Every text of every table that has no fixed choices is given a tail of markup, past the services;
then every address is read by people who see it. The tail must never come back as markup.
"""

import json

import psycopg
import pytest
from django.apps import apps
from django.db import models

from config import embedded
from outbox import clock
from tests.incidents import factory as cases
from tests.incidents.factory import AT
from tests.registry.factories import unit
from tests.walks.stage import set_clock
from tests.walks.test_access_matrix import WORD, World, address, clients_of, every_route

pytestmark = [pytest.mark.full, pytest.mark.bypass]
FLOORS = ("ledger", "outbox", "registry", "telemetry", "incidents", "governance", "reports")
TAIL = "<img src=x onerror=alert(1)>\"'</script></title></textarea>{{7*7}}"
RAW = "<img src=x onerror"
# What others point at, or what is bytes in the shape of text.
KEYS = (
    "slug", "number", "digest", "sha256", "email", "zone", "key", "path", "password", "label",
    "language", "theme", "token", "hash", "edge", "state", "kind", "verb", "body", "url", "name_id",
)  # fmt: skip
READERS = ("compliance", "risk", "auditor", "administrator", "executive", "owner", "member")


@pytest.fixture
def world(own_database):
    """A unit with a case before its committee, all of whose texts hold markup."""
    set_clock(AT + cases.dt.timedelta(hours=2))
    made = World(WORD, unit(name="Group"))
    with as_owner(own_database) as direct:
        made.marked = sum(mark(direct, model) for model in tables())
    yield made
    clock.shift(cases.dt.timedelta(0))


def as_owner(url):
    """Connect as the owner of the tables."""
    return psycopg.connect(url.replace(embedded.APPLICATION, embedded.OWNER), autocommit=True)


def tables():
    """Return the models of every floor."""
    return [one for floor in FLOORS for one in apps.get_app_config(floor).get_models()]


def texts(model):
    """Return the columns of a table that somebody's own words go into."""
    return [
        field
        for field in model._meta.concrete_fields
        if isinstance(field, models.CharField | models.TextField)
        and not isinstance(field, models.GeneratedField)
        and not field.choices
        and not field.primary_key
        and not field.unique
        and not field.name.startswith(KEYS)
        and not field.name.endswith(KEYS)
    ]


def mark(direct, model):
    """Give every text of a table its tail, past triggers; returns how many columns it has."""
    table, marked = model._meta.db_table, 0
    direct.execute(f'ALTER TABLE "{table}" DISABLE TRIGGER USER')
    for field in texts(model):
        room = field.max_length or 100_000
        if room <= len(TAIL):
            continue
        direct.execute(
            f'UPDATE "{table}" SET "{field.column}" = left("{field.column}", %s) || %s'
            f' WHERE "{field.column}" IS NOT NULL AND "{field.column}" <> \'\'',
            [room - len(TAIL), TAIL],
        )
        marked += 1
    direct.execute(f'ALTER TABLE "{table}" ENABLE TRIGGER USER')
    return marked


def shown(response):
    """Return the markup of an answer; data for machines is no markup."""
    kind = response.headers.get("Content-Type", "")
    if not kind.startswith("text/html"):
        return ""
    parts = response.streaming_content if response.streaming else [response.content]
    return b"".join(parts).decode("utf-8", "replace")


def test_stored_markup_is_shown_as_text_everywhere(world):
    clients = {name: client for name, client in clients_of(world).items() if name in READERS}
    found, read = [], set()

    for route in every_route():
        if route.startswith("accounts/"):
            continue
        for name, client in clients.items():
            page = shown(client.get(address(route, world)))
            if RAW in page or "49\"'" in page:
                found.append(f"{name} at {route}")
            if "&lt;img src=x onerror" in page:
                read.add(route)

    assert found == []
    # The markup was there to be shown: on the pages of systems, cases, people and the ledger.
    assert {"systems/", "incidents/", "people/", "systems/<slug:slug>/"} <= read, json.dumps(
        sorted(read)
    )
    assert world.marked > 50
