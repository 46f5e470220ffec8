"""Pages of regulatory clocks: all that run, what a case says of its reports, the drafts."""

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from governance.forms.clocks import CounselForm, DraftForm
from governance.selectors.begun import opened
from governance.selectors.pages.clocks import overview, reports_page
from governance.selectors.pages.visibility import incident_of_number
from governance.views.forms import acting, put_on_form, tell
from incidents.models import Incident, ReportDraft
from incidents.rules.report_templates import BY_ID, Template, in_text
from incidents.selectors.clock_pages import rules_in_force
from incidents.selectors.report_drafts import draft_of_version, may_draft, newest_draft, prefilled
from incidents.selectors.visibility import incidents_visible_to
from incidents.services.counsel import set_counsel_date
from incidents.services.report_drafts import save_draft
from ledger.rules.refusals import Invalid
from outbox import clock
from registry.access import Moment, moment_of, signed_in
from registry.selectors.permits import refusal_anywhere


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def clocks(request: HttpRequest) -> HttpResponse:
    """Show every clock that runs, or ran at an instant, what is not due; take counsel's date."""
    moment = moment_of(request, now=clock.now())
    if moment.as_of is not None and request.method != "POST":
        return _clocks_then(request, moment)
    reader, at = signed_in(request), moment.now
    visible = incidents_visible_to(user=reader, at=at).filter(drill=False)
    rules = rules_in_force(incidents=visible)
    form = CounselForm(request.POST or None, rules=rules)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            row = set_counsel_date(
                rule_id=given["rule"],
                statutory_from=given["statutory_from"],
                source=given["source"],
                actor=acting(request),
                at=at,
            )
        except Invalid as refused:
            put_on_form(form, refused)
        else:
            tell(request, _("Recorded; open clocks changed their kind only."), row.entry_number)
            return redirect("clocks")
    after = request.GET.get("after", "")
    context = overview(incidents=visible, at=at, after=after, rules=rules)
    subject = ("organisation", "clock_rules", "clock rules")
    may_date = refusal_anywhere(act="regimes.set", actor=acting(request), at=at, subject=subject)
    context |= {"form": form, "may_date": may_date is None, "moment": moment}
    status = 400 if form.errors else 200
    return render(request, "governance/clocks/list.html", context, status=status)


def _clocks_then(request: HttpRequest, moment: Moment) -> HttpResponse:
    """Show the clocks as they ran at an instant, with nothing to be done."""
    visible = incidents_visible_to(user=signed_in(request), at=moment.now).filter(drill=False)
    seen = moment.kept(visible)
    with moment.reading():
        page = overview(incidents=seen, at=moment.at, after=request.GET.get("after", ""))
        page |= {"may_date": False, "moment": moment}
        return render(request, "governance/clocks/list.html", page)


@login_required
@never_cache
@require_GET
def case(request: HttpRequest, number: str) -> HttpResponse:
    """Show the instants, facts, clocks and reports of a case, as they are or were at an instant."""
    reader, moment = signed_in(request), moment_of(request, now=clock.now())
    found = incident_of_number(number=number, user=reader, at=moment.now)
    moment.require(began=found.opened_at, what=opened(number))
    may = moment.as_of is None and may_draft(incident=found, user=reader, at=moment.now)
    context = {"may_draft": may, "templates": list(BY_ID.values()), "moment": moment}
    with moment.reading():
        then = Incident.objects.select_related("system", "unit__calendar").get(pk=found.pk)
        past = moment.as_of is not None
        context |= reports_page(then, moment.at, past=past) | {"began": found.opened_at}
        return render(request, "governance/clocks/case.html", context)


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def draft(request: HttpRequest, number: str, template: str) -> HttpResponse:
    """Write a report in its template's fields, filled from the case; each saving is a version."""
    reader, at = signed_in(request), clock.now()
    found = incident_of_number(number=number, user=reader, at=at)
    asked = _template(template)
    newest = newest_draft(incident=found, template=asked)
    form = DraftForm(
        request.POST or None,
        template=asked,
        initial=_written(newest) or prefilled(incident=found, template=asked, user=reader, at=at),
    )
    if request.method == "POST" and form.is_valid():
        try:
            row = save_draft(
                incident_id=found.pk,
                template_id=asked.id,
                kind=form.cleaned_data["kind"],
                values=form.texts(),
                actor=acting(request),
                at=at,
            )
        except Invalid as refused:
            put_on_form(form, refused)
        else:
            tell(request, _("Saved as version %s.") % row.version, row.entry_number)
            return redirect("report-version", number, template, row.version)
    context = {
        "incident": found,
        "template": asked,
        "form": form,
        "newest": newest,
        "may_draft": may_draft(incident=found, user=reader, at=at),
        "at": at,
    }
    status = 400 if form.errors else 200
    return render(request, "governance/clocks/draft.html", context, status=status)


@login_required
@never_cache
@require_GET
def version(request: HttpRequest, number: str, template: str, version: int) -> HttpResponse:
    """Show one version of a report as it is printed."""
    found, asked, row = _version(request, number, template, version)
    sections = [
        {
            "title": section.title,
            "fields": [
                {"label": field.label, "value": row.values.get(field.name, "")}
                for field in section.fields
            ],
        }
        for section in asked.sections
    ]
    context = {
        "incident": found,
        "template": asked,
        "draft": row,
        "sections": sections,
        "at": clock.now(),
    }
    return render(request, "governance/clocks/version.html", context)


@login_required
@never_cache
@require_GET
def version_file(
    request: HttpRequest, number: str, template: str, version: int, form: str
) -> HttpResponse:
    """Give one version of a report as JSON or as plain text."""
    found, asked, row = _version(request, number, template, version)
    name = f"{found.number}-{slugify(asked.id)}-v{row.version}.{form}"
    answer: HttpResponse
    if form == "json":
        told = {
            "incident": found.number,
            "template": asked.id,
            "kind": row.kind,
            "version": row.version,
            "made_at": row.made_at,
            "sha256": row.record_sha256,
            "values": row.values,
        }
        answer = JsonResponse(told)
    else:
        text = in_text(asked, row.values)
        answer = HttpResponse(text, content_type="text/plain; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _version(
    request: HttpRequest, number: str, template: str, version: int
) -> tuple[Incident, Template, ReportDraft]:
    reader, at = signed_in(request), clock.now()
    found = incident_of_number(number=number, user=reader, at=at)
    asked = _template(template)
    return found, asked, draft_of_version(incident=found, template=asked, version=version)


def _template(name: str) -> Template:
    if name not in BY_ID:
        raise Http404
    return BY_ID[name]


def _written(newest: ReportDraft | None) -> dict[str, str]:
    return {**newest.values, "kind": newest.kind} if newest is not None else {}
