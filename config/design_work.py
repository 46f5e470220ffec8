"""The sample on the design page, second half: people and work. Nothing in it is a record."""

from datetime import UTC, datetime, timedelta
from typing import Any

from telemetry.render.drawing import Band
from telemetry.render.spark import sparkline

# The sample stands still: Monday 23 November 2026, 07:55 UTC, whatever the day is.
AT = datetime(2026, 11, 23, 7, 55, tzinfo=UTC)
GAPS = (2.4, 1.6, 2.2, 2.7, 1.9, 2.0, 2.5, 4.9, 8.8, 10.2, 15.1, 14.8)
BANDS = (
    Band("critical", 12, None, "critical ≥ 12"),
    Band("warning", 8, 12, "warning ≥ 8"),
)


def people() -> dict[str, Any]:
    """Give a gate, seats, a quorum and facts."""
    return {
        "gate": [
            {"state": "may", "name": "You", "role": "compliance", "why": "validate, return"},
            {"state": "may", "name": "Lena Hartmann", "why": "the same", "ask_url": "#gate"},
            {"state": "not", "name": "Jonas Weber", "why": "submitted these findings"},
            {"state": "not", "name": "Priya Raman", "why": "is Jonas Weber's deputy"},
            {"state": "not", "name": "Nils Brandt", "why": "audits, and acts in nothing"},
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


def work() -> dict[str, Any]:
    """Give a record, a task, a clock, views, pages, progress and two small trends."""
    return {
        "entries": [
            {
                "at": datetime(2026, 11, 20, 15, 2, tzinfo=UTC),
                "state": "signed",
                "who": "Tomasz Zieliński",
                "text": "signed the risk review.",
                "number": 48211,
                "is_new": True,
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
            "mark": "INC-2026-0041",
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
