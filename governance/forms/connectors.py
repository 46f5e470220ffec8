"""Forms of connectors: where, how often, and a line for each question."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from ledger.rules.refusals import Refused
from outbox.languages import spoken
from telemetry.models import Connector
from telemetry.rules.mappings import MOST_LINES
from telemetry.services.connectors import Wanted

SCHEDULES = (
    (60, _("every minute")),
    (300, _("every 5 minutes")),
    (900, _("every 15 minutes")),
    (3600, _("every hour")),
    (21600, _("every 6 hours")),
    (86400, _("every day")),
    (604800, _("every week")),
)
BLANK_LINES = 2
# Fields of a line that a kind does not know.
WITHOUT = {
    "prometheus": ("source",),
    "mlflow": ("segment_label",),
    "evidently": ("segment_label", "count_query"),
}
WORDS: dict[str, dict[str, tuple[Any, Any]]] = {
    "prometheus": {
        "query": (
            _("PromQL"),
            _("Evaluated at the end of each window: avg_over_time(accuracy[5m])."),
        ),
        "count_query": (
            _("PromQL for the number of cases"),
            _("Without it no reading knows how many cases it stands on."),
        ),
    },
    "mlflow": {
        "query": (_("Name of the metric"), _("As the run logs it, such as accuracy.")),
        "source": (
            _("Experiment or model"),
            _("experiment:claims or model:claims: the runs whose metrics are read."),
        ),
        "count_query": (
            _("Metric with the number of cases"),
            _("Such as n_test, logged at the same second."),
        ),
    },
    "evidently": {
        "query": (
            _("Name of the metric"),
            _("Such as Accuracy; a part of it behind a dot: DriftedColumnsCount.share."),
        ),
        "source": (_("Column"), _("Where the metric is of one column, such as age.")),
    },
}
ADDRESSES = {
    "prometheus": _("Such as https://prometheus.example.org, without a path behind it."),
    "mlflow": _("Such as https://mlflow.example.org, without a path behind it."),
    "evidently": _(
        "Of the report in JSON; its server must say when it was last changed. Left empty, nobody is"
        " asked: a program sends the report here."
    ),
}


class ConnectorForm(forms.Form):
    """Where a product is, how to sign in there, and how often it is asked."""

    name = forms.CharField(label=_("Name"), max_length=80)
    system = forms.ChoiceField(
        label=_("System"), help_text=_("All that it brings counts for this system, nothing else.")
    )
    url = forms.CharField(label=_("Address"), max_length=500)
    every_seconds = forms.TypedChoiceField(label=_("How often"), coerce=int)
    sign_in = forms.ChoiceField(label=_("Sign-in"), choices=Connector.SignIn.choices)
    user = forms.CharField(
        label=_("Name to sign in with"), max_length=200, required=False, strip=False
    )
    secret = forms.CharField(
        label=_("Token or password"),
        max_length=4000,
        required=False,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )

    def __init__(
        self,
        *args: Any,
        kind: str,
        systems: Iterable[tuple[str, str]] = (),
        stored: Connector | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.stored = stored
        self.fields["url"].help_text = ADDRESSES[kind]
        self.fields["url"].required = kind != "evidently"
        hint = _("Stored encrypted and never shown again.")
        if stored is None:
            self.fields["system"].choices = list(systems)  # type: ignore[attr-defined]
        else:
            del self.fields["system"]
            hint = _("Left empty, the stored one stays. It is never shown.")
        self.fields["secret"].help_text = hint
        self.fields["every_seconds"].choices = _schedules(stored)  # type: ignore[attr-defined]

    def secrets(self) -> list[str] | None:
        """Return the secrets that the way of signing in takes, None to keep those stored."""
        given = self.cleaned_data
        kept = self.stored is not None and given["sign_in"] == self.stored.sign_in
        if kept and not given["secret"]:
            return None
        ways = {"token": [given["secret"]], "basic": [given["user"], given["secret"]]}
        return ways.get(given["sign_in"], [])

    def wanted(self, lines: Sequence[Mapping[str, Any]]) -> Wanted:
        """Return what was said, as the service takes it."""
        given = self.cleaned_data
        return Wanted(
            name=given["name"],
            url=given["url"],
            every_seconds=given["every_seconds"],
            lines=lines,
            sign_in=given["sign_in"],
            secrets=self.secrets(),
        )


def _schedules(stored: Connector | None) -> list[tuple[int, Any]]:
    known: list[tuple[int, Any]] = list(SCHEDULES)
    if stored is not None and stored.every_seconds not in dict(known):
        own = _("every %(seconds)s seconds") % {"seconds": stored.every_seconds}
        known.append((stored.every_seconds, own))
    return known


class LineForm(forms.Form):
    """One question and the KPI that its answer is; left empty it asks nothing."""

    kpi = forms.ChoiceField(label=_("KPI"), required=False)
    query = forms.CharField(
        max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    source = forms.CharField(max_length=300, required=False)
    window = forms.CharField(
        label=_("Window"),
        max_length=10,
        required=False,
        help_text=_("What one reading covers, such as 5m, 1h or 1d."),
    )
    segment = forms.CharField(
        label=_("Segment"),
        max_length=120,
        required=False,
        help_text=_("As attribute=value, where the answer is of one segment."),
    )
    segment_label = forms.CharField(
        label=_("Label that tells segments"),
        max_length=59,
        required=False,
        help_text=_("Where the query returns several series, such as region."),
    )
    count_query = forms.CharField(max_length=2000, required=False)
    environment = forms.CharField(
        label=_("Environment"), max_length=30, required=False, initial="production"
    )
    factor = forms.FloatField(
        label=_("Factor"),
        required=False,
        initial=1.0,
        help_text=_("What turns their unit into that of the KPI, such as 100."),
    )

    def __init__(self, *args: Any, kind: str, kpis: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in WITHOUT[kind]:
            del self.fields[name]
        for name, (label, hint) in WORDS[kind].items():
            self.fields[name].label, self.fields[name].help_text = label, hint
        self.fields["kpi"].choices = [("", "—"), *kpis]  # type: ignore[attr-defined]

    @property
    def is_blank(self) -> bool:
        """Whether it asks nothing."""
        given = self.cleaned_data
        return not given.get("kpi") and not given.get("query")

    def line(self) -> dict[str, Any]:
        """Return the line as the service takes it."""
        given = {name: said for name, said in self.cleaned_data.items() if said not in ("", None)}
        return {"kpi": "", "query": "", "window": ""} | given


class Lines:
    """The lines of a connector as forms, with two empty ones to add more."""

    def __init__(
        self,
        data: Any,
        *,
        kind: str,
        kpis: list[tuple[str, str]],
        stored: Sequence[Mapping[str, Any]] = (),
    ) -> None:
        count = _count(data, len(stored))
        self.forms = [
            LineForm(
                data,
                prefix=f"line{number}",
                kind=kind,
                kpis=kpis,
                initial=stored[number] if number < len(stored) else None,
            )
            for number in range(count)
        ]
        self.count = count

    def are_valid(self) -> bool:
        """Whether every line could be read."""
        return all([form.is_valid() for form in self.forms])

    @property
    def used(self) -> list[LineForm]:
        """The lines that ask something."""
        return [form for form in self.forms if not form.is_blank]

    def put(self, refusal: Refused) -> dict[str, str]:
        """Tell a refusal at the lines that it names; return what is left of it."""
        rest = {}
        used = self.used
        for name, words in refusal.fields.items():
            parts = name.split(".")
            if len(parts) == 3 and parts[1].isdecimal() and 0 < int(parts[1]) <= len(used):
                form = used[int(parts[1]) - 1]
                form.add_error(parts[2] if parts[2] in form.fields else None, spoken(words))
            else:
                rest[name] = words
        return rest

    @property
    def errors(self) -> bool:
        """Whether a line needs mending."""
        return any(form.errors for form in self.forms)


def _count(data: Any, stored: int) -> int:
    said = str(data.get("lines", "")) if data else ""
    wanted = int(said) if said.isdecimal() and len(said) < 4 else stored + BLANK_LINES
    return max(1, min(wanted, MOST_LINES))
