"""Forms of people and access: persons, units, roles, leave, delegation, broken glass."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext_lazy as _

from registry.models import BreakGlass, RoleAssignment, System, Unit, User, WorkCalendar

LONG = 2000
EVERYTHING = "everything"


def day_field(label: Any, *, required: bool = True, help_text: Any = "") -> forms.DateField:
    """Return the field for a whole day."""
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, required=required, help_text=help_text, widget=widget)


WHY = _("Why")


def reason_field(label: Any = WHY, help_text: Any = "") -> forms.CharField:
    """Return the field for a reason."""
    widget = forms.Textarea(attrs={"rows": 3})
    return forms.CharField(label=label, max_length=LONG, help_text=help_text, widget=widget)


def scope_choices(units: Iterable[Unit], systems: Iterable[System]) -> list[Any]:
    """Return units and systems as choices: 'unit:<id>', 'system:<id>'."""
    return [
        (_("Units, with all below them"), [(f"unit:{row.pk}", row.name) for row in units]),
        (_("One system"), [(f"system:{row.pk}", row.name) for row in systems]),
    ]


def scope_of(choice: str) -> dict[str, UUID | None]:
    """Return a choice of a scope as `unit_id` and `system_id`; both None for everything."""
    kind, _colon, key = choice.partition(":")
    return {
        "unit_id": UUID(key) if kind == "unit" else None,
        "system_id": UUID(key) if kind == "system" else None,
    }


def begin_of(day: date, zone: str) -> datetime:
    """Return the first instant of a day in a zone."""
    return datetime.combine(day, time.min, tzinfo=ZoneInfo(zone))


def end_of(day: date, zone: str) -> datetime:
    """Return the first instant after a day in a zone."""
    return begin_of(day + timedelta(days=1), zone)


class ReasonForm(forms.Form):
    """Why something is done."""

    reason = reason_field()

    def __init__(self, *args: Any, asks: Any = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if asks:
            self.fields["reason"].label = asks


class InviteForm(forms.Form):
    """A new person: they are written to and set their own password."""

    email = forms.EmailField(label=_("Mail address"), max_length=254)
    name = forms.CharField(label=_("Name"), max_length=120)
    title = forms.CharField(label=_("Title"), max_length=120, required=False)
    unit = forms.ChoiceField(
        label=_("Unit"), help_text=_("Working there shows nothing yet: a role does.")
    )

    def __init__(self, *args: Any, units: Iterable[Unit], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["unit"].choices = [(str(row.pk), row.name) for row in units]  # type: ignore[attr-defined]


class PersonForm(forms.Form):
    """What is said of a person."""

    name = forms.CharField(
        label=_("Name"), max_length=120, help_text=_("What is on record keeps the name it has.")
    )
    title = forms.CharField(label=_("Title"), max_length=120, required=False)
    unit = forms.ChoiceField(label=_("Unit"))
    zone = forms.CharField(
        label=_("Time zone"), max_length=60, help_text=_("Such as Europe/Berlin.")
    )

    def __init__(self, *args: Any, units: Iterable[Unit], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["unit"].choices = [(str(row.pk), row.name) for row in units]  # type: ignore[attr-defined]


class RoleForm(forms.Form):
    """A role for a unit or a system, from when until when."""

    role = forms.ChoiceField(label=_("Role"), choices=RoleAssignment.Role.choices)
    scope = forms.ChoiceField(
        label=_("For"), help_text=_("A unit's role holds for all units and systems below it.")
    )
    from_day = day_field(_("From, first day"), required=False, help_text=_("Empty: from now on."))
    until_day = day_field(
        _("Until, last day"),
        required=False,
        help_text=_("Empty: until somebody ends it. An auditor's ends after 90 days then."),
    )
    reason = reason_field()

    def __init__(
        self, *args: Any, units: Iterable[Unit], systems: Iterable[System], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["scope"].choices = scope_choices(units, systems)  # type: ignore[attr-defined]


class LeaveForm(forms.Form):
    """When somebody is away, in whole days."""

    first = day_field(_("Away from, first day"))
    last = day_field(_("Until, last day"))


class DelegationForm(forms.Form):
    """Who acts for somebody, in what, from when until when."""

    delegate = forms.ChoiceField(
        label=_("Who acts"),
        help_text=_("Never somebody whose own part stands against it; who is away is marked."),
    )
    scope = forms.ChoiceField(label=_("In what"))
    first = day_field(_("From, first day"))
    last = day_field(_("Until, last day"))
    reason = reason_field()

    def __init__(
        self,
        *args: Any,
        people: Iterable[tuple[str, str]],
        units: Iterable[Unit],
        systems: Iterable[System],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["delegate"].choices = list(people)  # type: ignore[attr-defined]
        everything = (EVERYTHING, _("Everything that this person may do"))
        self.fields["scope"].choices = [everything, *scope_choices(units, systems)]  # type: ignore[attr-defined]


class UnitForm(forms.Form):
    """A new unit below another one."""

    name = forms.CharField(label=_("Name"), max_length=120)
    parent = forms.ChoiceField(label=_("Below"))
    calendar = forms.ChoiceField(
        label=_("Calendar"), help_text=_("By its working hours deadlines are computed.")
    )

    def __init__(
        self,
        *args: Any,
        units: Iterable[Unit],
        calendars: Iterable[WorkCalendar],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["parent"].choices = [(str(row.pk), row.name) for row in units]  # type: ignore[attr-defined]
        self.fields["calendar"].choices = [(str(row.pk), str(row)) for row in calendars]  # type: ignore[attr-defined]


class RenameForm(forms.Form):
    """Another name for a unit."""

    name = forms.CharField(label=_("Name"), max_length=120)
    reason = reason_field()


class MoveForm(forms.Form):
    """Where a unit goes, and why."""

    parent = forms.ChoiceField(label=_("Below"))
    reason = reason_field()

    def __init__(self, *args: Any, units: Iterable[Unit], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["parent"].choices = [(str(row.pk), row.name) for row in units]  # type: ignore[attr-defined]


class GlassForm(forms.Form):
    """What somebody must read in an emergency, for how long, and why.

    Typed, not chosen: a list would show what only the broken glass may.
    """

    what = forms.CharField(
        label=_("What you must see"),
        max_length=120,
        help_text=_("The system's short name, or the full name of a system or unit."),
    )
    hours = forms.TypedChoiceField(
        label=_("For how long"),
        coerce=int,
        choices=[(1, _("1 hour")), (2, _("2 hours")), (3, _("3 hours")), (4, _("4 hours"))],
    )
    reason = reason_field(_("What has happened"), _("In a sentence. Compliance reads it at once."))


class GlassReviewForm(forms.Form):
    """What compliance makes of an access in an emergency."""

    verdict = forms.ChoiceField(
        label=_("The access"), choices=BreakGlass.Verdict.choices, widget=forms.RadioSelect
    )
    review = reason_field()


class LeavingForm(forms.Form):
    """Who takes over each duty of who leaves; one field a duty, by its place in the list."""

    reason = reason_field(
        _("Why they leave, and how the successors have accepted"),
        _("Stands in the entry of every duty."),
    )

    def __init__(
        self,
        *args: Any,
        asked: Iterable[tuple[str, str, bool, str]],
        people: Iterable[tuple[str, str]],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        known = list(people)
        for name, label, needed, note in asked:
            none = ("", "") if needed else ("", note or _("nobody"))
            self.fields[name] = forms.ChoiceField(
                label=label,
                required=needed,
                choices=[none, *known],
                help_text="" if needed else note,
            )


def named(people: Iterable[User], away: dict[UUID, datetime]) -> list[tuple[str, str]]:
    """Return people as choices, marking who is away and until when."""
    return [
        (
            str(row.pk),
            row.name
            if row.pk not in away
            else _("%(name)s (away until %(day)s)")
            % {"name": row.name, "day": f"{away[row.pk]:%d.%m.%Y}"},
        )
        for row in people
    ]
