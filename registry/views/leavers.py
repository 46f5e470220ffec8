"""The page of who leaves: every duty, who takes it over, and the end of the account, at once."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from ledger.rules.refusals import Conflict, Forbidden, Refused
from ledger.rules.worded import worded
from outbox import clock
from registry.access import person_actor, signed_in
from registry.forms.access import LeavingForm, named
from registry.models import User
from registry.rules.permits import in_words
from registry.selectors.access import (
    ADMINISTRATORS,
    away,
    people_to_choose,
    person_seen_by,
    units_administered_by,
)
from registry.services.leavers import Held, duties_of, let_go
from registry.views.refused import take


@login_required
@require_http_methods(["GET", "POST"])
def leaving(request: HttpRequest, person_id: UUID) -> HttpResponse:
    """Show the duties of a person, hand them all over, and deactivate the account."""
    user, at = signed_in(request), clock.now()
    found = person_seen_by(person_id=person_id, user=user, at=at)
    _require(user, found, at)
    held = duties_of(user_id=found.pk, at=at)
    names = {one.key: f"duty-{place}" for place, one in enumerate(held)}
    form = _form(request, held, names, user, found, at)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        chosen = {key: UUID(given[name]) for key, name in names.items() if given.get(name)}
        try:
            let_go(
                user_id=found.pk,
                successors=chosen,
                reason=given["reason"],
                actor=person_actor(request, user),
                at=at,
            )
        except Refused as refusal:
            _take(request, form, refusal, names)
        else:
            messages.success(request, _("Handed over, and the account is deactivated."))
            return redirect("person", found.pk)
    context = {
        "found": found,
        "groups": _groups(held, names, form),
        "open": sum(one.duty.successor == "needed" for one in held),
        "form": form,
        "at": at,
    }
    status = 400 if form.errors else 200
    return render(request, "registry/access/leaving.html", context, status=status)


def _require(user: User, found: User, at: Any) -> None:
    if found.pk == user.pk or found.unit_id not in units_administered_by(user=user, at=at):
        words = in_words(ADMINISTRATORS)
        raise Forbidden(
            "role_missing",
            worded(
                "You cannot end this account: that takes {words} of their unit, never oneself.",
                words=words,
            ),
            who_can=[words],
        )
    if not found.is_active or found.kind != User.Kind.PERSON:
        raise Conflict("not_active", "This account is deactivated already, or is no person's.")


def _form(
    request: HttpRequest,
    held: list[Held],
    names: dict[str, str],
    user: User,
    found: User,
    at: Any,
) -> LeavingForm:
    people = people_to_choose(user=user, at=at).exclude(pk=found.pk)
    gone = away(people=[row.pk for row in people], at=at)
    asked = [
        (names[one.key], one.duty.words, one.duty.successor == "needed", one.duty.note)
        for one in held
        if one.source.hand_over is not None and one.duty.successor != "none"
    ]
    return LeavingForm(request.POST or None, asked=asked, people=named(people, gone))


def _take(request: HttpRequest, form: LeavingForm, refusal: Refused, names: dict[str, str]) -> None:
    refusal.fields = {names.get(key, key): words for key, words in refusal.fields.items()}
    take(form, refusal, request)


def _groups(held: list[Held], names: dict[str, str], form: LeavingForm) -> list[dict[str, Any]]:
    groups: dict[str, dict[str, Any]] = {}
    for one in held:
        group = groups.setdefault(one.source.name, {"label": one.source.label, "rows": []})
        name = names[one.key]
        group["rows"].append(
            {"duty": one.duty, "field": form[name] if name in form.fields else None}
        )
    return list(groups.values())
