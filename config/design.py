"""The sample on the living design page: every component in every state; nothing is a record."""

from datetime import UTC, datetime, timedelta
from typing import Any

from django import forms
from django.utils.safestring import SafeString

from telemetry.render.chart import kpi_chart
from telemetry.render.drawing import Band, Guardrail, Level, Marker, Numbers, Reading
from telemetry.render.runs import Lane, Span, runs_chart
from telemetry.render.spark import sparkline

# The sample stands still: Monday 23 November 2026, 07:55 UTC, whatever the day is.
AT = datetime(2026, 11, 23, 7, 55, tzinfo=UTC)
GAPS = (2.4, 1.6, 2.2, 2.7, 1.9, 2.0, 2.5, 4.9, 8.8, 10.2, 15.1, 14.8)
PAID_IN_ERROR = (1.7, 1.8, 1.8, 1.6, 1.9, 1.8, 1.7, 1.8, 1.9, 1.8, 1.8, 1.9)
BANDS = (
    Band("critical", 12, None, "critical ≥ 12"),
    Band("warning", 8, 12, "warning ≥ 8"),
)
COLOURS = (
    ("paper", "the page"),
    ("sunk", "rail, foot of a panel"),
    ("press", "pressed, chosen, empty bar"),
    ("rule", "hairline"),
    ("rule-2", "table head, section"),
    ("edge", "outline of a control, 3.9 light, 4.9 dark"),
    ("ink", "text, 16.4 light, 14.7 dark"),
    ("ink-2", "second voice, 8.4 light, 9.8 dark"),
    ("ink-3", "labels, 5.6 light, 6.9 dark"),
    ("pen", "signature, link, the one action, 9.3 light, 8.6 dark"),
    ("pen-wash", "where you are"),
    ("ok", "in order, 7.1 light, 8.7 dark"),
    ("warn", "warning, 7.0 light, 9.3 dark"),
    ("crit", "critical, overdue, stop, 7.5 light, 8.1 dark"),
    ("none", "unknown is never good, 7.0 light, 8.0 dark"),
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
        **_people(),
        **_work(),
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
            {"text": f"{reading.at:%d %b}"},
            {"text": f"{count:,}"},
            {"text": f"{gap:.1f}"},
            {"state": reading.standing},
        ]
    }


def _people() -> dict[str, Any]:
    return {
        "gate": [
            {"state": "may", "name": "You", "role": "compliance", "why": "validate, return"},
            {"state": "may", "name": "Lena Hartmann", "why": "the same", "ask_url": "#gate"},
            {"state": "not", "name": "Jonas Weber", "why": "submitted these findings"},
        ],
        "seats": [
            {"seat": "Chair", "name": "Dr. Ines Albrecht", "state": "ok", "said": "Voted"},
            {"seat": "External", "name": "You", "state": "current", "mine": True},
        ],
        "quorum": {
            "seats": [True, True, False],
            "text": "2 of 3 votes are in, 3 are needed.",
            "note": "It can be reached: only yours is missing.",
        },
        "facts": [
            {"label": "Majority", "value": "more for than against"},
            {"label": "Effective", "value": "at least 2 votes for or against"},
            {"label": "If it lapses", "value": "round 2 opens. Lapsed is not approved"},
        ],
        "identity": [
            {"label": "Answers for it", "value": "Jonas Weber", "note": "deputy Priya Raman"},
            {"label": "Risk tier, ours", "value": "High", "note": "decides on money"},
            {"label": "Live version", "value": "2.3", "note": "fallback 2.2"},
        ],
    }


def _work() -> dict[str, Any]:
    return {
        "entries": [
            {
                "at": datetime(2026, 11, 20, 15, 2, tzinfo=UTC),
                "state": "signed",
                "who": "Tomasz Zieliński",
                "text": "signed the risk review.",
                "number": 48211,
            },
            {
                "at": datetime(2026, 11, 20, 14, 48, tzinfo=UTC),
                "state": "refused",
                "who": "Jonas Weber",
                "text": "was refused: validate.",
                "why": "You cannot validate this: you submitted its findings.",
                "number": 48207,
            },
        ],
        "task": {
            "mine": True,
            "severity": "major",
            "standing": "critical",
            "title": "Claims of under-30s approved 15 points less often",
            "url": "#task",
            "text": "Gap 14.8 points, 95 % interval 12.3 to 17.3, critical from 12.",
            "trail": "INC-2026-0041 · Owner's findings signed by Jonas Weber",
            "due": AT + timedelta(hours=4, minutes=25),
            "step": "Validate findings",
        },
        "clock": {
            "title": "Inform 212 policyholders",
            "url": "#clock",
            "due": AT - timedelta(days=2, hours=15),
            "share": 100,
            "state": "overdue",
            "note": "With Omar Said. INC-2026-0029",
        },
        "views": [
            {"label": "By cause", "url": "#views", "count": 12, "current": True},
            {"label": "Needs me", "url": "#views", "count": 5},
        ],
        "ends": [{"label": "CSV", "url": "#views"}],
        "pages": {"shown": 50, "older_url": "#pages", "newer_url": "#pages"},
        "progress": {
            "title": "Evidence pack NH-2027-02",
            "done": 212,
            "total": 412,
            "unit": "files",
            "left": timedelta(minutes=1),
            "share": 51,
            "state": "running",
            "text": "You can leave; it will wait under Evidence packs.",
            "steps": [
                {"name": "Readings collected", "state": "done", "note": "1,846"},
                {"name": "Report drawn", "state": "current"},
                {"name": "Sealed", "state": "todo"},
            ],
        },
        "spark": sparkline(GAPS, bands=BANDS, baseline=2.1, standing="critical"),
        "spark_gap": sparkline((2.4, 1.6, None, 2.7, 1.9), bands=BANDS, baseline=2.1),
    }
