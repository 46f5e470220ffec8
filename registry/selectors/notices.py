"""How a person wants to be told."""

from registry.models import NoticePreference, User
from registry.selectors.notice_matrix import Chosen, Line, matrix


def preference_of(user: User) -> NoticePreference:
    """Return somebody's choices; the defaults, not kept, where they chose nothing."""
    found: NoticePreference | None = NoticePreference.objects.filter(user=user).first()
    return found or NoticePreference(user=user)


def matrix_of(row: NoticePreference) -> tuple[Line, ...]:
    """Return kinds by ways as somebody's choices have them, with what is fixed and why."""
    return matrix(
        Chosen(
            digest=frozenset(row.digest),
            by_chat=frozenset(row.by_chat),
            in_product=frozenset(row.in_product),
            has_pager=bool(row.page_name),
            has_chat=bool(row.chat_name),
        )
    )
