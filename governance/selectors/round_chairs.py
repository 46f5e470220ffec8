"""Who chairs a round: the chair, then the vice chair, of those who sit."""

from django.db.models import Q

from governance.models import Decision
from governance.selectors.electorates import recusal_of
from registry.models import User


def chairs_of(decision: Decision) -> list[User]:
    """Return who chairs a round: chair, then vice chair, who sit and are not recused.

    Of a body without a chair everybody who sits.
    """
    rows = decision.electors.filter(seated__isnull=False).select_related("seated")
    leading = rows.filter(Q(chair=True) | Q(vice_chair=True)).order_by("-chair", "number")
    found = [row.seated for row in leading if row.seated is not None]
    found = [one for one in found if recusal_of(decision=decision, person_id=one.pk) is None]
    return found or [row.seated for row in rows.order_by("number") if row.seated is not None]
