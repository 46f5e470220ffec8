"""Archives of the organisation: which were asked for, how far they are."""

from django.db.models import QuerySet

from registry.models import OrganisationExport

SHOWN = 30


def organisation_exports() -> QuerySet[OrganisationExport]:
    """Return the newest archives that were asked for."""
    rows = OrganisationExport.objects.select_related("requested_by")
    return rows.order_by("-requested_at", "id")[:SHOWN]
