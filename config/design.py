"""The sample on the living design page: every component in every state; nothing is a record."""

from datetime import UTC, datetime, timedelta
from typing import Any

from django import forms
from django.utils.safestring import SafeString

from config.design_shown import shown
from config.design_work import AT, BANDS, GAPS, people, work
from telemetry.render.chart import kpi_chart
from telemetry.render.drawing import Guardrail, Level, Marker, Numbers, Reading
from telemetry.render.runs import Lane, Span, runs_chart

PAID_IN_ERROR = (1.7, 1.8, 1.8, 1.6, 1.9, 1.8, 1.7, 1.8, 1.9, 1.8, 1.8, 1.9)
COLOURS = (
    ("paper", "the page"),
    ("sunk", "rail, foot of a panel"),
    ("press", "pressed, chosen, empty bar"),
    ("rule", "hairline"),
    ("rule-2", "table head, section"),
    ("edge", "outline of a control"),
    ("ink", "text"),
    ("ink-2", "second voice"),
    ("ink-3", "labels"),
    ("none", "unknown is never good"),
    ("pen", "signature, link, the one action"),
    ("pen-hover", "the same under the pointer"),
    ("pen-wash", "where you are"),
    ("on-pen", "words on the one action"),
    ("none-wash", "below what is unknown"),
    ("ok", "in order"),
    ("ok-wash", "below it"),
    ("warn", "warning"),
    ("warn-wash", "below it"),
    ("warn-fill", "hatch of its band"),
    ("crit", "critical, overdue, stop"),
    ("crit-wash", "below it"),
    ("crit-fill", "hatch of its band"),
)


class SampleForm(forms.Form):
    """One field of each kind."""

    reason = forms.CharField(
        label="Reason", help_text="One sentence; it is printed", initial="Same cause as 0041"
    )
    confirmed_at = forms.CharField(label="Confirmed at")
    severity = forms.ChoiceField(
        label="Severity", choices=[("major", "Major, as proposed"), ("other", "Other")]
    )
    told = forms.ChoiceField(
        label="Must an authority be told?",
        help_text="No answer is chosen for you.",
        choices=[("clock", "Confirm the clock"), ("no", "Not reportable, with a reason")],
        widget=forms.RadioSelect,
    )
    harm = forms.CharField(
        label="Harm, in your words", required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    read = forms.BooleanField(label="I have read the findings")

    def clean_confirmed_at(self) -> str:
        """Refuse whatever is typed, to show an error."""
        raise forms.ValidationError("November has 30 days. Example: 30 Nov 2026 14:00")


class SampleBallot(forms.Form):
    """The three choices of a ballot."""

    choice = forms.ChoiceField(
        label="Vote",
        choices=[("for", "For"), ("against", "Against"), ("abstain", "Abstain")],
        widget=forms.RadioSelect,
        initial="against",
    )


def sample_context() -> dict[str, Any]:
    """Give one example of each component; nothing in it is a record."""
    wrong = {"reason": "Same cause as 0041", "confirmed_at": "31 Nov 2026"}
    return {
        "at": AT,
        "colours": COLOURS,
        "deadlines": _deadlines(),
        "stages": _stages(),
        "signatures": _signatures(),
        "form": SampleForm(auto_id="sample_%s"),
        "bad_form": SampleForm(wrong, auto_id="bad_%s"),
        "ballot": SampleBallot(auto_id="ballot_%s"),
        "chart": _chart(),
        "runs": _runs(),
        "columns": _columns(),
        "rows": _rows(),
        **people(),
        **work(),
        **shown(),
    }


def _deadlines() -> list[dict[str, Any]]:
    return [
        {"due": AT + timedelta(days=2, hours=3)},
        {"due": AT + timedelta(minutes=40)},
        {"due": AT - timedelta(days=2, hours=15)},
        {"due": AT, "met": AT - timedelta(minutes=44)},
    ]


def _stages() -> list[dict[str, Any]]:
    due = AT + timedelta(hours=4, minutes=25)
    signed = datetime(2026, 11, 19, 12, 20, 7, tzinfo=UTC)
    late = {"due": AT - timedelta(days=1), "note": "executive told"}
    return [
        {"name": "Owner", "state": "done", "people": ["Jonas Weber"], "met": signed},
        {"name": "Compliance", "state": "current", "people": ["you"], "due": due},
        {"name": "Committee", "state": "overdue", "people": ["Dr. Ines Albrecht"], **late},
        {"name": "Action", "state": "todo", "people": ["to be named"]},
        {"name": "Verified", "state": "todo", "people": ["Lena Hartmann"]},
    ]


def _signatures() -> list[dict[str, Any]]:
    signed = datetime(2026, 11, 19, 12, 20, 7, tzinfo=UTC)
    record = "5d217c04a9e31b6f"
    return [
        {
            "name": "Jonas Weber",
            "meaning": "Authorship, model owner",
            "signed_at": signed,
            "method": "password",
            "record": record,
            "number": 48190,
        },
        {
            "name": "Maren Vogt",
            "state": "waiting",
            "meaning": "Review, compliance",
            "until": AT + timedelta(hours=4, minutes=25),
        },
        {
            "name": "Tomasz Zieliński",
            "state": "broken",
            "note": "counts as absent; ask him to sign again",
        },
    ]


def _readings() -> list[Reading]:
    first = datetime(2026, 9, 6, 22, tzinfo=UTC)
    return [
        Reading(
            first + timedelta(days=7 * week), gap, max(0.0, gap - 2.5), gap + 2.5, _standing(gap)
        )
        for week, gap in enumerate(GAPS)
    ]


def _standing(gap: float) -> str:
    return "critical" if gap >= 12 else "watch" if gap >= 8 else "ok"


def _chart() -> SafeString:
    readings = _readings()
    rail = tuple((one.at, value) for one, value in zip(readings, PAID_IN_ERROR, strict=True))
    return kpi_chart(
        readings=readings,
        title="Approval gap, under-30s against everyone else, weekly (sample)",
        description="About 2 points until 18 October, then rising to 15.1 and 14.8.",
        bands=BANDS,
        baseline=Level(2.1, "baseline 2.1"),
        target=Level(5, "target ≤ 5"),
        markers=[
            Marker(datetime(2026, 10, 22, 8, 2, tzinfo=UTC), "2.3 live 22 Oct"),
            Marker(datetime(2026, 10, 22, 8, 2, tzinfo=UTC), "onset of the gap", "onset"),
            Marker(datetime(2026, 11, 16, 13, 4, tzinfo=UTC), "opened 16 Nov", "opened"),
        ],
        guardrail=Guardrail("Guardrail", "paid in error", rail, 2.7, "2.7"),
        numbers=Numbers(floor_at=0),
    )


def _runs() -> SafeString:
    versions = (
        Span(_day(1, 6), _day(3, 6), "2.1", "old"),
        Span(_day(3, 6), _day(22, 10), "2.2, approved 27 May", "old"),
        Span(_day(22, 10), None, "2.3, approved 21 Oct", "live"),
    )
    incidents = (
        Span(_day(6, 7), _day(10, 8), "0017 moderate, closed", "closed"),
        Span(_day(22, 10), _day(16, 11), "gap, unseen", "unseen"),
        Span(_day(16, 11), None, "0041 major", "open"),
    )
    return runs_chart(
        lanes=[
            Lane("Live version", versions),
            Lane("Incidents", incidents),
            Lane("Changes around", events=(Marker(_day(29, 6), "new tariff"),)),
        ],
        start=_day(1, 6),
        end=AT,
        description="Sample: 2.2 was live until 22 October, 2.3 since; 0041 opened on 16 November.",
    )


def _day(day: int, month: int) -> datetime:
    return datetime(2026, month, day, tzinfo=UTC)


def _columns() -> list[dict[str, Any]]:
    return [
        {"label": "Week to"},
        {"label": "n < 30", "num": True, "drop": True},
        {"label": "Gap", "num": True},
        {"label": "Standing"},
    ]


def _rows() -> list[dict[str, Any]]:
    counts = (1752, 1761, 1790, 1803, 1828, 1795, 1812, 1840)
    newest = list(zip(_readings()[4:], counts, strict=True))
    rows = [_row(reading, count) for reading, count in reversed(newest)]
    rows[0]["state"] = "current"
    rows[1]["state"] = "void"
    return rows


def _row(reading: Reading, count: int) -> dict[str, Any]:
    gap = reading.value or 0.0
    return {
        "cells": [
            {"text": f"{reading.at.day} {reading.at:%b}"},
            {"text": f"{count:,}"},
            {"text": f"{gap:.1f}"},
            {"state": reading.standing},
        ]
    }
