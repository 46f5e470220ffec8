"""Forms of stopping at once: what is chosen on the incident, and the page that stops a system."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from governance.forms.commands import CommandForm
from governance.forms.fields import InstantInput
from governance.models import StandingOrder
from governance.rules.orders import CASE_KINDS
from incidents.models import Containment, Incident, InterimMeasure
from incidents.rules.containment import KINDS
from incidents.rules.fields import Field
from incidents.rules.transitions import fields_of
from incidents.selectors.containment import (
    containments_in_force,
    measures_named,
    running_measures,
)
from registry.models import System
from telemetry.models import Kpi, Series

HOME = "production"
BY_RULE = ("standing_order", "by_rule", "nonce", "ground")
CHOOSING = {
    "explain_containment": "containment_id",
    "confirm_containment": "containment_id",
    "end_interim": "interim_id",
}


class HoldingForm(CommandForm):
    """A command on what holds a system still: which one it is about is chosen from a list."""

    def __init__(self, *args: Any, command: str, incident: Incident, **kwargs: Any) -> None:
        super().__init__(*args, command=command, **kwargs)
        chosen = _chosen(command, incident)
        if chosen is not None:
            self.fields = {CHOOSING[command]: chosen, **self.fields}
        if command == "take_interim":
            self.fields["measure"] = _measures(incident)
        if command == "confirm_containment":
            self.fields["evidence"].required = True

    def asked(self, command: str, small: bool) -> Sequence[Field]:
        """What a person fills in: nothing that only rules or gateways say."""
        return [field for field in fields_of(command, small=small) if field.name not in BY_RULE]


class StopForm(forms.Form):
    """Stop a system at once, without a case so far: one is opened with it."""

    kind = forms.ChoiceField(
        label=_("What to do"), choices=KINDS, widget=forms.RadioSelect, initial="stop"
    )
    scope = forms.CharField(
        label=_("What is stopped or restricted"),
        max_length=300,
        initial="everything",
        help_text=_("For example: everything, payouts above 500 EUR, the refund tool."),
    )
    reason = forms.CharField(
        label=_("Why"),
        max_length=4000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("You may give it within a day; you will be asked."),
    )
    environment = forms.ChoiceField(label=_("Where"), choices=())

    def __init__(self, *args: Any, environments: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["environment"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(name, name) for name in environments]
        field.initial = HOME if HOME in environments else environments[0]
        if len(environments) == 1:
            field.widget = forms.HiddenInput()


class OrderForm(forms.Form):
    """A standing order: when, what then, and until when it holds."""

    rule = forms.ChoiceField(
        label=_("When"), choices=StandingOrder.Rule.choices, widget=forms.RadioSelect
    )
    kpi = forms.ChoiceField(
        label=_("Of which KPI"),
        required=False,
        choices=(),
        help_text=_("Empty: any. A limit of its own needs one."),
    )
    limit_value = forms.FloatField(
        label=_("At which reading"),
        required=False,
        help_text=_("As the readings come: 1.1 is 110 percent of a spending limit."),
    )
    case_kinds = forms.MultipleChoiceField(
        label=_("Which cases"),
        required=False,
        choices=[(kind.value, kind.label) for kind in Incident.Kind if kind in CASE_KINDS],
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Only where it waits for a case that is opened."),
    )
    least_severity = forms.ChoiceField(
        label=_("Severe enough from"),
        required=False,
        choices=[("", _("not asked")), *Incident.Severity.choices],
        help_text=_("Only where it waits for a case that is opened."),
    )
    action = forms.ChoiceField(
        label=_("What is done then"),
        choices=StandingOrder.Action.choices,
        widget=forms.RadioSelect,
        initial="stop",
    )
    scope = forms.CharField(label=_("Of what"), max_length=300, initial="everything")
    environment = forms.CharField(label=_("Where"), max_length=30, initial="production")
    valid_from = forms.DateTimeField(
        label=_("From"), required=False, widget=InstantInput(), help_text=_("Empty: at once.")
    )
    valid_until = forms.DateTimeField(
        label=_("Until"), widget=InstantInput(), help_text=_("At most a year.")
    )
    reason = forms.CharField(
        label=_("Why it cannot wait for anybody"),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, system: System, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["kpi"]
        assert isinstance(field, forms.ChoiceField)
        measured = Series.objects.filter(system=system).values("kpi")
        rows = Kpi.objects.filter(pk__in=measured).order_by("name")
        field.choices = [("", _("any")), *((row.pk, row.called) for row in rows)]


class VoteForm(forms.Form):
    """A vote on a standing order."""

    vote = forms.ChoiceField(
        label=_("Your vote"),
        choices=[("for", _("For")), ("against", _("Against"))],
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(
        label=_("Why"),
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Needed for a vote against."),
    )


class DrillForm(forms.Form):
    """A trial of a standing order without harm."""

    passed = forms.ChoiceField(
        label=_("Did it stand?"),
        choices=[("yes", _("Yes")), ("no", _("No"))],
        widget=forms.RadioSelect,
    )
    seconds = forms.IntegerField(label=_("After how many seconds"), min_value=0, max_value=86_400)
    evidence = forms.CharField(label=_("Evidence: where it stands"), max_length=2000)
    found = forms.CharField(
        label=_("What was found"),
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Needed where it did not stand."),
    )


class WithdrawalForm(forms.Form):
    """Why an order is withdrawn."""

    reason = forms.CharField(
        label=_("Why"), max_length=4000, widget=forms.Textarea(attrs={"rows": 2})
    )


def _chosen(command: str, incident: Incident) -> forms.Field | None:
    if command not in CHOOSING:
        return None
    choices = _choices(command, incident)
    only = len(choices) == 1
    return forms.ChoiceField(
        label=_("Which one"),
        choices=choices,
        widget=forms.HiddenInput if only else forms.RadioSelect,
        initial=choices[0][0] if only else None,
    )


def _choices(command: str, incident: Incident) -> list[tuple[str, str]]:
    if command == "end_interim":
        rows: Sequence[InterimMeasure] = list(running_measures(incident))
        return [(str(row.pk), row.measure) for row in rows]
    waiting: Mapping[str, Any] = (
        {"reason": ""} if command == "explain_containment" else {"confirmed_at__isnull": True}
    )
    held: Sequence[Containment] = list(containments_in_force(incident).filter(**waiting))
    return [(str(row.pk), f"{row.get_kind_display()}: {row.scope}") for row in held]


def _measures(incident: Incident) -> forms.Field:
    named = measures_named(system_id=incident.system_id)
    return forms.ChoiceField(
        label=_("Measure"),
        choices=[(one, one) for one in named],
        widget=forms.RadioSelect,
        help_text=_("As the operating controls name it. It ends by itself."),
    )
