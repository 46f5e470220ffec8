"""What fills what the pages of controls read: 100,000 uploads, 100,000 roles.

All take a House of tests.volumes.house.
"""

from registry.models import RoleAssignment
from reports.models import ControlUpload
from reports.selectors.control_reading import control_provisions

REVIEWED = {
    "state": "'reviewed'",
    "uploaded_at": "p.uploaded_at - n * interval '7 minutes'",
    "reviewed_at": "p.uploaded_at - n * interval '6 minutes'",
    "reviewed_by_id": "coalesce(p.reviewed_by_id, p.owner_id)",
}


def uploads_of_one(house):
    """Uploads to one control, all of which count."""
    house.fill(ControlUpload, house.gallery.made.evidence.pk, **REVIEWED)


def uploads_of_all(house):
    """Uploads to every control, all of which count, some of which have a last day."""
    keys = sorted(control_provisions().values_list("pk", flat=True))
    told = ", ".join(f"'{key}'" for key in keys)
    house.fill(
        ControlUpload, house.gallery.made.evidence.pk, **REVIEWED,
        provision_id=f"(ARRAY[{told}])[1 + n % {len(keys)}]",
        valid_until="CASE WHEN n % 3 = 0 THEN '2027-01-01'::date + (n % 300)::int END",
    )  # fmt: skip


def roles(house):
    """Roles of one person in the unit of the house that have ended."""
    pattern = RoleAssignment.objects.filter(user=house.gallery.people["compliance"]).first()
    house.fill(
        RoleAssignment, pattern.pk,
        from_at="p.from_at - (n + 1) * interval '1 hour'",
        until_at="p.from_at - n * interval '1 hour'",
    )  # fmt: skip
