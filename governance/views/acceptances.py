"""Pages of accepted risks: the register, its CSV, one file, proposals that are rejected."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from governance.forms.acceptances import RejectForm
from governance.selectors.begun import accepted
from governance.selectors.pages.acceptances import (
    HEAD,
    asked_of,
    file_page,
    proposal_row,
    register_page,
    sheet_rows,
)
from governance.views.forms import acting, note, put_on_form, tell
from governance.views.sheets import csv_response
from incidents.selectors.acceptances import (
    acceptance_by_number,
    acceptances_visible,
    proposal_by_number,
    proposals_visible,
)
from incidents.selectors.visibility import incidents_visible_to
from incidents.services.acceptance_proposals import reject_proposal
from ledger.rules.refusals import Conflict, Forbidden, Invalid
from outbox import clock
from registry.access import Moment, moment_of, signed_in


@login_required
@never_cache
@require_GET
def acceptances(request: HttpRequest) -> HttpResponse:
    """Show one page of the register."""
    moment = moment_of(request, now=clock.now())
    visible = moment.kept(incidents_visible_to(user=signed_in(request), at=moment.now))
    with moment.reading():
        page = _page(request, visible, moment)
        return render(request, "governance/acceptances/list.html", page)


@login_required
@require_GET
def acceptances_sheet(request: HttpRequest) -> HttpResponse:
    """Download the page of the register that is shown."""
    moment = moment_of(request, now=clock.now())
    visible = moment.kept(incidents_visible_to(user=signed_in(request), at=moment.now))
    with moment.reading():
        rows = sheet_rows(_page(request, visible, moment))
    return csv_response(
        request,
        name=f"acceptances{moment.stamp}",
        head=HEAD,
        rows=rows,
        subject=("page", "acceptances", "the register of accepted risks"),
        at=moment.now,
    )


@login_required
@never_cache
@require_GET
def acceptance(request: HttpRequest, number: str) -> HttpResponse:
    """Show one accepted risk, as it is or was: valid or not, why, and what can be done."""
    reader, moment = signed_in(request), moment_of(request, now=clock.now())
    visible = incidents_visible_to(user=reader, at=moment.now)
    row = acceptance_by_number(number=number, visible=acceptances_visible(visible))
    moment.require(began=row.from_at, what=accepted(row.number))
    seen = acceptances_visible(moment.kept(visible.filter(pk=row.incident_id)))
    with moment.reading():
        then = acceptance_by_number(number=number, visible=seen)
        page = file_page(row=then, reader=reader, at=moment.at, may_act=moment.as_of is None)
        page |= {"moment": moment, "began": row.from_at}
        return render(request, "governance/acceptances/one.html", page)


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def proposal(request: HttpRequest, number: str) -> HttpResponse:
    """Show a proposal and what is missing in it; reject it."""
    reader, at = signed_in(request), clock.now()
    rows = proposals_visible(incidents_visible_to(user=reader, at=at))
    row = proposal_by_number(number=number, visible=rows)
    form = RejectForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            reject_proposal(
                number=number, reason=form.cleaned_data["reason"], actor=acting(request), at=at
            )
        except (Invalid, Conflict, Forbidden) as refused:
            note(refused, request)
            put_on_form(form, refused)
        else:
            tell(request, _("Rejected."))
            return redirect("acceptance-proposal", number=number)
    page = {"at": at, "proposal": row, "form": form, **proposal_row(row, at)}
    status = 400 if form.errors else 200
    return render(request, "governance/acceptances/proposal.html", page, status=status)


def _page(request: HttpRequest, visible: Any, moment: Moment) -> dict[str, Any]:
    asked = asked_of(request.GET, as_of=moment.text)
    return register_page(asked=asked, visible=visible, at=moment.at) | {"moment": moment}
