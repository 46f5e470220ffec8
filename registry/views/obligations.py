"""The page of what one system owes."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from outbox import clock
from registry.access import person_actor, signed_in
from registry.models import System
from registry.rules.obligations import Obligation
from registry.selectors import law, law_pages
from registry.selectors.obligations import obligations_of_system
from registry.selectors.permits import refusal_for_system
from registry.selectors.regimes import profile_of, regime_questions
from registry.selectors.systems import no_such_system, systems_visible_to


@login_required
@never_cache
@require_GET
def system(request: HttpRequest, slug: str) -> HttpResponse:
    """Show what a system owes by role: now, later, unsure, and what is not decided."""
    user, at = signed_in(request), clock.now()
    found = readable_system(request, slug)
    day, owed = law.seat_day(at), obligations_of_system(system=found, at=at)
    profile = profile_of(found.pk)
    context = {
        "system": found,
        "classified": owed.classified,
        "roles": law_pages.role_words(sorted(owed.facts.roles)),
        "groups": [
            {"key": key, "rows": [_row(one, day) for one in rows]}
            for key, rows in (
                ("now", owed.now),
                ("later", owed.later),
                ("unsure", owed.unsure),
                ("undecided", owed.undecided if owed.classified else []),
            )
        ],
        "open_facts": _open_words(owed.facts.open) if owed.classified else [],
        "regimes": [
            {"question": question, "regime": profile.of_fact(question["id"])}
            for question in regime_questions()
        ],
        "may_decide": _may_decide(request, found, at),
        "reader": user,
        "at": at,
    }
    return render(request, "registry/law/obligations.html", context)


def _open_words(names: frozenset[str]) -> list[str]:
    return sorted({law_pages.fact_words(name) for name in names})


def readable_system(request: HttpRequest, slug: str) -> System:
    """Return a system that the reader may see. Raises Missing."""
    rows = systems_visible_to(user=signed_in(request), at=clock.now()).filter(slug=slug)
    found = rows.select_related("owner", "deputy", "unit").first()
    if found is None:
        raise no_such_system(slug)
    return found


def _may_decide(request: HttpRequest, found: System, at: Any) -> bool:
    actor = person_actor(request, signed_in(request))
    return refusal_for_system(act="regimes.set", system=found, actor=actor, at=at) is None


def _row(one: Obligation, day: Any) -> dict[str, Any]:
    notes = one.provision.document.get("who_notes", {})
    return {
        "one": one,
        "roles": law_pages.role_words(one.roles or one.provision.who),
        "dates": [law_pages.when(line, day) for line in one.dates],
        "evidence": one.provision.document.get("evidence", ""),
        "only_where": one.provision.document.get("only_where", ""),
        "notes": [words for role, words in notes.items() if role in one.roles],
        "checked": law_pages.checked_words(one.provision.checked),
    }
