"""What of board reports waits for a reader: to write, to draw anew, to issue, to approve."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import (
    BooleanField,
    DateField,
    DateTimeField,
    Exists,
    F,
    Func,
    Q,
    QuerySet,
    TextField,
    Value,
)
from django.db.models.functions import Cast, Coalesce, Concat

from registry.models import Unit
from registry.rules.permits import OWNERS, PERMITS
from reports.models import ConsequenceFactor, Report
from reports.rules.board import FRESH
from reports.selectors.report_rights import ISSUE
from reports.selectors.rights import Rights
from reports.selectors.waiting_lines import line

APPROVE = "factor.approve"


def reports_waiting(rights: Rights, at: datetime) -> Iterator[Any]:
    """Return the lines of drafts and factors, each for who takes the next step.

    Who began a report writes it, and draws it anew once its quarter is over and its figures are
    from before that or too old; then it waits for somebody else who may issue it.
    """
    drafts = _drafts()
    named: dict[str, Any] = {"label": _label(), "key": "number", "system": ""}
    mine = drafts.filter(author=rights.person)
    unwritten = mine.filter(is_written=False)
    yield line("report_write", unwritten, at="begun_at", **named)
    ready = Q(drawn_at__gte=F("over_at"), drawn_at__gt=at - FRESH)
    over = drafts.filter(is_written=True, over_at__lte=at)
    old = over.exclude(ready).filter(author=rights.person)
    yield line("report_draw", old, at="over_at", **named)
    issue = over.filter(ready, _issuing(rights)).exclude(author=rights.person)
    yield line("report_issue", issue, at="drawn_at", who="author__name", **named)
    factors = ConsequenceFactor.objects.filter(_of_subject(rights, APPROVE), state="draft")
    about = Coalesce("system__name", "unit__name", output_field=TextField())
    yield line(
        "factor_approve", factors.exclude(author=rights.person), at="drafted_at",
        label=Concat("kpi__name", Value(", "), about, output_field=TextField()), key="pk",
        who="author__name", system="",
    )  # fmt: skip


def _drafts() -> "QuerySet[Any]":
    """Return the drafts with when their quarter is over, and whether anything is written."""
    first = Func(
        F("year"), 3 * F("quarter") - 2, Value(1), function="make_date", output_field=DateField()
    )
    over = Func(
        Value(settings.SEAT_ZONE),
        Func(first, template="(%(expressions)s + interval '3 months')"),
        function="timezone",
        output_field=DateTimeField(),
    )
    written = Func(
        F("narrative"),
        template="jsonb_path_exists(%(expressions)s, '$.* ? (@ != \"\")')",
        output_field=BooleanField(),
    )
    drafts = Report.objects.filter(state=Report.State.DRAFT)
    return drafts.annotate(over_at=over, is_written=written)


def _label() -> Concat:
    """Return the number with the quarter: 'BR-2026-0001, Q3 2026'."""
    words = ("number", Value(", Q"), Cast("quarter", TextField()), Value(" "))
    return Concat(*words, Cast("year", TextField()), output_field=TextField())


def _issuing(rights: Rights) -> Q:
    """Return the condition on reports that the reader may issue them.

    What is of the whole organisation takes a role for every unit at its top.
    """
    units, _systems = rights.roles.reach(PERMITS[ISSUE].roles - OWNERS)
    beyond = Unit.objects.filter(parent__isnull=True).exclude(pk__in=units)
    whole = Q(system__isnull=True, unit__isnull=True) & Q(~Exists(beyond))
    return _of_subject(rights, ISSUE) | whole


def _of_subject(rights: Rights, act: str) -> Q:
    """Return the condition that the reader may do this to the system, or in the unit, of a row."""
    of_system = Q(system__isnull=False) & rights.permitted(act)
    return of_system | Q(unit__isnull=False) & rights.in_unit(act)
