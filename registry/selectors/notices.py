"""How a person wants to be told."""

from registry.models import NoticePreference, User


def preference_of(user: User) -> NoticePreference:
    """Return somebody's choices; the defaults, not kept, where they chose nothing."""
    found: NoticePreference | None = NoticePreference.objects.filter(user=user).first()
    return found or NoticePreference(user=user)
