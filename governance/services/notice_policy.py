"""Which policy of notices holds: that of the topmost unit, for readers sit in all of them."""

from datetime import datetime

from governance.rules.notice_checks import notice_policy_of
from governance.selectors.policies import document_of, policy_in_force
from outbox import notice_policy
from outbox.rules.notices import NoticePolicy
from registry.models import Unit


def policy_of_notices(at: datetime) -> NoticePolicy:
    """Return how notices are bundled now; the shipped values before any policy is in force."""
    top = Unit.objects.filter(parent=None).order_by("name").first()
    policy = policy_in_force(unit_id=top.pk, at=at) if top else None
    return notice_policy_of(document_of(policy).notices)


def register_notice_policy() -> None:
    """Tell the outbox where the policy stands."""
    notice_policy.register(policy_of_notices)
