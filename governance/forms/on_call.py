"""Forms of the rota, of fire drills, and of recalculated deadlines."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from governance.forms.fields import InstantInput
from governance.rules.drills import FACTORS
from incidents.models import Incident
from incidents.rules.plan import SEVERITIES
from ledger.rules.worded import term
from registry.models import System, User

AREA = forms.Textarea(attrs={"rows": 3})


class ShiftForm(forms.Form):
    """Who is on call from when until when."""

    person = forms.ChoiceField(label=_("Who"))
    from_at = forms.DateTimeField(label=_("From"), widget=InstantInput())
    until_at = forms.DateTimeField(
        label=_("Until"), widget=InstantInput(), help_text=_("In your own time zone.")
    )

    def __init__(self, *args: Any, people: Iterable[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [("", _("Choose")), *((str(one.pk), one.name) for one in people)]
        self.fields["person"].choices = choices  # type: ignore[attr-defined]


class RotaForm(forms.Form):
    """The calendar that a rota is read from, and the zone of times without one."""

    zone = forms.CharField(
        label=_("Time zone"), max_length=60, help_text=_("Such as Europe/Berlin.")
    )
    url = forms.CharField(
        label=_("Address of an iCalendar file"),
        required=False,
        max_length=1000,
        help_text=_(
            "Read every quarter of an hour. Its events name people by their address. It is kept "
            "encrypted and not shown again; leave it empty to keep what is there."
        ),
    )
    remove = forms.BooleanField(label=_("Read no calendar any more"), required=False)

    def address(self) -> str | None:
        """Return the new address, '' to read none any more, None to keep what is there."""
        if self.cleaned_data["remove"]:
            return ""
        return self.cleaned_data["url"].strip() or None


class WhyForm(forms.Form):
    """Why."""

    reason = forms.CharField(label=_("Why"), max_length=2000, widget=AREA)


class DrillForm(forms.Form):
    """What is rehearsed, where, how grave, and how fast the time runs."""

    system = forms.ChoiceField(label=_("System"))
    purpose = forms.CharField(
        label=_("What is rehearsed"),
        max_length=2000,
        widget=AREA,
        help_text=_("Such as: the bot promises refunds on a Friday evening."),
    )
    severity = forms.ChoiceField(
        label=_("Severity"),
        choices=[(one, term(Incident.Severity(one).label, lowered=True)) for one in SEVERITIES],
        initial="severe",
        help_text=_("Major and severe call people on their pagers, in a drill too."),
    )
    factor = forms.TypedChoiceField(
        label=_("Time"),
        coerce=int,
        choices=[(factor, term(words)) for factor, words in FACTORS.items()],
        initial=1,
        help_text=_("Compressed, the whole ladder is seen in minutes; real time shows the nights."),
    )

    def __init__(self, *args: Any, systems: Iterable[System], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(one.slug, one.name) for one in systems]
        self.fields["system"].choices = choices  # type: ignore[attr-defined]


class LessonsForm(forms.Form):
    """What the drill taught."""

    lessons = forms.CharField(
        label=_("What was learned, and who changes what"), max_length=2000, widget=AREA
    )
