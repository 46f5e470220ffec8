"""Forms of clocks: which ones a report meets, an ended one decided on, a draft, counsel's date."""

from collections.abc import Iterable, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from governance.forms.commands import CommandForm
from incidents.models import RegulatoryClock, ReportDraft
from incidents.rules.report_templates import Template
from ledger.rules.worded import worded
from outbox.languages import spoken
from registry.models import ClockRule
from registry.rules.shipped import cited, shipped
from registry.selectors.instants import said_here


class SubmissionForm(CommandForm):
    """A report that was sent: the clocks that it meets, and the draft that was sent."""

    def __init__(
        self,
        *args: Any,
        clocks: Sequence[RegulatoryClock] = (),
        drafts: Iterable[ReportDraft] = (),
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        meets = forms.MultipleChoiceField(
            label=_("Clocks that it meets"),
            choices=[(str(one.pk), _named(one)) for one in clocks],
            widget=forms.CheckboxSelectMultiple,
            initial=[str(one.pk) for one in clocks[:1]],
        )
        sent = forms.ChoiceField(
            label=_("Draft that was sent"),
            choices=[("", _("none of these")), *((str(one.pk), str(one)) for one in drafts)],
            required=False,
        )
        self.fields = {"clocks": meets, **self.fields, "report": sent}


class EndedClockForm(CommandForm):
    """An ended clock for which more was learned: is it taken up again?"""

    def __init__(self, *args: Any, clocks: Sequence[RegulatoryClock] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(str(one.pk), _named(one)) for one in clocks]
        only = len(choices) == 1
        which = forms.ChoiceField(
            label=_("Which clock"),
            choices=choices,
            widget=forms.HiddenInput if only else forms.RadioSelect,
            initial=choices[0][0] if only else None,
        )
        self.fields = {"clock": which, **self.fields}


class DraftForm(forms.Form):
    """A report in the fields of its template."""

    kind = forms.ChoiceField(label=_("Type of report"), choices=ReportDraft.Kind.choices)

    def __init__(self, *args: Any, template: Template, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in template.fields:
            widget = forms.Textarea(attrs={"rows": 4}) if field.long else forms.TextInput()
            self.fields[field.name] = forms.CharField(
                label=field.label, required=False, max_length=20_000, widget=widget
            )

    def texts(self) -> dict[str, str]:
        """Return the text of each field."""
        return {name: text for name, text in self.cleaned_data.items() if name != "kind"}


class CounselForm(forms.Form):
    """Since when a duty binds, as counsel reads it."""

    rule = forms.ChoiceField(label=_("Duty"))
    statutory_from = forms.DateField(
        label=_("Binds from"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("From midnight at the seat of the organisation."),
    )
    source = forms.CharField(
        label=_("On what this rests"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Whose opinion, and of which day."),
    )

    def __init__(self, *args: Any, rules: Iterable[ClockRule], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        found = [(one.pk, _duty(one)) for one in rules]
        self.fields["rule"].choices = found  # type: ignore[attr-defined]


def _named(clock: RegulatoryClock) -> str:
    due = worded("{duty}, due {when}", duty=_duty(clock.rule), when=said_here(clock.due_at))
    if clock.counted_as == clock.CountedAs.ORGANISATION:
        return spoken(due)
    return f"{spoken(due)}, {spoken(clock.get_counted_as_display())}"


def _duty(rule: ClockRule) -> str:
    return f"{spoken(shipped(rule.regime))}, {spoken(cited(rule.basis))}"
