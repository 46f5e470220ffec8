"""How a list of systems is narrowed."""

import django_filters  # type: ignore[import-untyped]
from django.db.models import Q, QuerySet

from registry.models import System


class SystemFilter(django_filters.FilterSet):  # type: ignore[misc]
    """Filters of `GET /api/v1/systems/`; several values of one filter are alternatives."""

    kind = django_filters.MultipleChoiceFilter(choices=System.Kind.choices)
    lifecycle = django_filters.MultipleChoiceFilter(choices=System.Lifecycle.choices)
    risk_tier = django_filters.MultipleChoiceFilter(choices=System.Tier.choices)
    legal_class = django_filters.MultipleChoiceFilter(choices=System.LegalClass.choices)
    unit = django_filters.UUIDFilter(field_name="unit_id", label="unit's id")
    owner = django_filters.UUIDFilter(field_name="owner_id", label="owner's id")
    q = django_filters.CharFilter(method="search", label="words in name, short name or purpose")

    class Meta:
        model = System
        fields: list[str] = []

    def search(self, rows: QuerySet[System], name: str, value: str) -> QuerySet[System]:
        """Keep the systems whose name, slug or purpose holds every word."""
        for word in value.split():
            rows = rows.filter(
                Q(name__icontains=word) | Q(slug__icontains=word) | Q(purpose__icontains=word)
            )
        return rows
