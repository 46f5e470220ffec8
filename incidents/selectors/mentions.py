"""Whom a comment tells: by an @ with a name in its text, or picked from a list."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from incidents.models import Incident
from incidents.rules.comments import MOST_TOLD, signs_in
from incidents.selectors.cast import Cast
from incidents.selectors.comments import called_in, who_sees
from ledger.rules.refusals import Invalid
from ledger.rules.worded import worded
from registry.models import User


def named_in(
    *, incident: Incident, text: str, cast: Cast, at: datetime
) -> tuple[list[User], list[str]]:
    """Return whom a text names by an @, and what was typed behind one and is nobody's name.

    Raises Invalid (field text) where somebody named may not see the case, or several are meant.
    """
    people = called_in(text)
    signs = signs_in(text, {key: one.name for key, one in people.items()})
    wanted = {key for sign in signs for key in sign.people}
    sees = who_sees(incident=incident, people=[people[key] for key in wanted], cast=cast, at=at)
    found: list[User] = []
    for sign in signs:
        able = sorted(sign.people & sees, key=lambda key: people[key].name)
        if len(able) == 1:
            found.append(people[able[0]])
        elif sign.people:
            raise _unclear(incident, sign.typed, [people[key] for key in able or sign.people],
                           is_seen=bool(able))  # fmt: skip
    return found, [sign.typed for sign in signs if not sign.people]


def _unclear(incident: Incident, typed: str, people: Sequence[User], *, is_seen: bool) -> Invalid:
    """Say why an @ tells nobody: who is meant may not see the case, or several could be meant."""
    names = ", ".join(sorted(one.name for one in people))
    words: str
    if is_seen:
        words = worded(
            "@{typed} could be several people ({names}): pick the one you mean from the list.",
            typed=typed, names=names,
        )  # fmt: skip
    else:
        words = _may_not_see(incident, names)
    return Invalid("mention_refused", words, fields={"text": words})


def _may_not_see(incident: Incident, names: str) -> str:
    return worded(
        "{names} may not see {number}, so nobody can be told of it there: leave the @ out, or "
        "name somebody who has a role or a part in the case.",
        names=names, number=incident.number,
    )  # fmt: skip


def picked_from(*, incident: Incident, ids: Sequence[UUID], cast: Cast, at: datetime) -> list[User]:
    """Return the people of these ids, by name.

    Raises Invalid (field tell) for who is not there, or may not see the case.
    """
    wanted = list(dict.fromkeys(ids))[: MOST_TOLD + 1]
    rows = User.objects.filter(pk__in=wanted, is_active=True, kind=User.Kind.PERSON)
    people = list(rows.order_by("name", "pk"))
    if len(people) < len(wanted):
        words = "Somebody on this list is not there any more: load the page again."
        raise Invalid("unknown_person", words, fields={"tell": words})
    sees = who_sees(incident=incident, people=people, cast=cast, at=at)
    out = ", ".join(one.name for one in people if one.pk not in sees)
    if out:
        words = _may_not_see(incident, out)
        raise Invalid("mention_refused", words, fields={"tell": words})
    return people
