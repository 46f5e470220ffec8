"""What came of a supplier's notice, as far as a reader may see it."""

from datetime import datetime

from django.db.models import QuerySet

from governance.models import NoticeCase
from registry.models import SupplierNotice, System, User
from registry.selectors.systems import systems_visible_to


def cases_of(*, notice: SupplierNotice, systems: QuerySet[System]) -> QuerySet[NoticeCase]:
    """Return the systems that a notice found, of those given, with their incidents."""
    rows = NoticeCase.objects.filter(notice=notice, system__in=systems.values("pk"))
    return rows.select_related("system", "incident").order_by("system__name", "pk")


def cases_seen_by(*, notice: SupplierNotice, user: User, at: datetime) -> QuerySet[NoticeCase]:
    """Return those on the systems that a person sees."""
    return cases_of(notice=notice, systems=systems_visible_to(user=user, at=at))
