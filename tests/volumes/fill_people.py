"""What fills the tables of people and of what the house keeps: 100,000 rows of each.

All take a House of tests.volumes.house.
"""

from psycopg import sql

from registry.models import (
    Document,
    DocumentVersion,
    ErasureRequest,
    RoleAssignment,
    User,
    WorkCalendar,
)
from tests.registry import test_documents
from tests.volumes.house import ROWS

NAMED = {
    "id": "md5('u' || n)::uuid",
    "email": "'person-' || n || '@example.org'",
    "name": "'Person ' || lpad(n::text, 6, '0')",
    "title": "''",
}
LEFT = {"is_active": "FALSE", "deactivated_at": "now()"}


def people(house):
    """Accounts of the house's unit."""
    house.fill(User, house.gallery.people["engineer"].pk, **NAMED)


def people_with_roles(house):
    """The same accounts, one in twenty of which holds a role in the unit."""
    people(house)
    pattern = RoleAssignment.objects.filter(user=house.gallery.people["engineer"]).first()
    house.fill(RoleAssignment, pattern.pk, ROWS // 20, user_id="md5('u' || n * 20)::uuid")


def people_with_a_role_each(house):
    """The same accounts, each of which holds a role in the unit."""
    people(house)
    pattern = RoleAssignment.objects.filter(user=house.gallery.people["engineer"]).first()
    house.fill(RoleAssignment, pattern.pk, user_id="md5('u' || n)::uuid")


def former(house):
    """Accounts of the house's unit that are deactivated."""
    house.fill(User, house.gallery.people["engineer"].pk, **NAMED, **LEFT)


def requests(house):
    """Accounts that are deactivated, with a request to erase each: one in a hundred waits."""
    former(house)
    table = sql.Identifier("registry_erasurerequest")
    people = house.gallery.people
    statement = sql.SQL(
        "INSERT INTO {} (id, person_id, basis, reason, state, asked_by_id, asked_at,"
        " decided_by_id, decided_at, decided_reason)"
        " SELECT gen_random_uuid(), md5('u' || n)::uuid, 'request', 'They asked.',"
        " CASE WHEN n % 100 = 0 THEN 'asked' ELSE 'declined' END, {},"
        " '2026-11-01'::timestamptz - n * interval '1 minute',"
        " CASE WHEN n % 100 > 0 THEN {} END, CASE WHEN n % 100 > 0 THEN now() END, ''"
        " FROM generate_series(1, 100000) n"
    ).format(table, sql.Literal(people["compliance"].pk), sql.Literal(people["executive"].pk))
    house.owned(table, statement)
    assert ErasureRequest.objects.count() >= 100_000


def ending_documents(house):
    """Documents of one system that have run out, one a day."""
    made = test_documents.added(house.gallery.made.system, title="Handbook")
    own = "md5('d' || n)::uuid"
    house.fill(Document, made.pk, id=own, title="'Handbook ' || n")
    house.fill(
        DocumentVersion, DocumentVersion.objects.get(document=made).pk, document_id=own,
        state="'in_force'", valid_from="'2000-01-01'::date",
        expires_on="'2026-06-01'::date - (n % 9000)::int",
    )  # fmt: skip


def documents_of_many_kinds(house):
    """Documents of a system and of the organisation, some withdrawn, some of another state."""
    made = test_documents.added(house.gallery.made.system, title="Handbook")
    own = "md5('d' || n)::uuid"
    house.fill(
        Document, made.pk, 240, id=own, title="'Handbook ' || n",
        system_id="CASE WHEN n % 3 > 0 THEN p.system_id END",
        withdrawn_at="CASE WHEN n % 5 = 0 THEN p.created_at END",
    )  # fmt: skip
    house.fill(
        DocumentVersion, DocumentVersion.objects.get(document=made).pk, 240, document_id=own,
        state="(ARRAY['in_force', 'in_force', 'replaced', 'draft', 'refused'])[1 + (n / 5) % 5]",
        valid_from="'2000-01-01'::date",
        expires_on="CASE WHEN n % 7 > 0 THEN '2027-02-10'::date - (n % 60)::int END",
    )  # fmt: skip


def calendar_versions(house):
    """Versions of one calendar."""
    pattern = WorkCalendar.objects.order_by("-version").first()
    house.fill(WorkCalendar, pattern.pk, version="p.version + n")
