"""How a list of systems is narrowed."""

import django_filters  # type: ignore[import-untyped]
from django.db.models import QuerySet

from registry.models import System
from registry.selectors.search import searched


class SystemFilter(django_filters.FilterSet):  # type: ignore[misc]
    """Filters of `GET /api/v1/systems/`; several values of one filter are alternatives."""

    kind = django_filters.MultipleChoiceFilter(choices=System.Kind.choices)
    lifecycle = django_filters.MultipleChoiceFilter(choices=System.Lifecycle.choices)
    risk_tier = django_filters.MultipleChoiceFilter(choices=System.Tier.choices)
    legal_class = django_filters.MultipleChoiceFilter(choices=System.LegalClass.choices)
    unit = django_filters.UUIDFilter(field_name="unit_id", label="unit's id")
    owner = django_filters.UUIDFilter(field_name="owner_id", label="owner's id")
    q = django_filters.CharFilter(
        method="search", label="beginnings of words in name, short name, purpose, owner's name"
    )

    class Meta:
        model = System
        fields: list[str] = []

    def search(self, rows: QuerySet[System], name: str, value: str) -> QuerySet[System]:
        """Keep the systems in which every word begins one of theirs, or of their owner's name."""
        return searched(rows, value)
