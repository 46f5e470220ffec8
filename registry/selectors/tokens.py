"""What a service token may do."""

from django.db.models import QuerySet

from registry.models import ServiceToken, System


def token_allows(token: ServiceToken, scope: str, system_slug: str) -> bool:
    """Whether a token holds a scope for a system. A token reaches only systems that it names."""
    return scope in token.scopes and token_systems(token).filter(slug=system_slug).exists()


def token_systems(token: ServiceToken) -> QuerySet[System]:
    """Return the systems that a token reaches."""
    reached: QuerySet[System] = System.objects.filter(pk__in=token.systems.values("pk"))
    return reached
