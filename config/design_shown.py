"""The sample on the design page, third part: tokens as they are served, and what a case shows."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from django.utils.safestring import SafeString

from config.design_tokens import MODES, TEXTS, weakest
from config.design_work import AT, BANDS
from config.icons import ICONS
from config.marks import SEVERITIES, STANDINGS
from telemetry.render.chart import kpi_chart
from telemetry.render.drawing import Around, Forecast, Level, Marker, Numbers, Reading, Shade

DAY = timedelta(days=1)
TYPE_SCALE = (
    ("xs", 12, "labels, ledger numbers"),
    ("s", 13, "tables, meta"),
    ("m", 14, "the page"),
    ("l", 16, "what a person wrote"),
    ("xl", 19, "section heads"),
    ("2xl", 26, "page title"),
    ("3xl", 34, "cover, lead figure"),
)
SPACES = ((1, 4), (2, 8), (3, 12), (4, 16), (5, 24), (6, 32), (7, 48), (8, 64))
WAY = (
    ("done", "check", "Done", "Who works here", "Four people are there.", ""),
    ("next", "half", "Next", "Who sits in the committee", "It decides.", "Name the seats"),
    ("waits", "clock", "Waits", "Which bands hold", "Somebody else approves them.", ""),
    ("later", "todo", "Later", "A rehearsal", "Before it is needed.", ""),
)


def shown() -> dict[str, Any]:
    """Give the tokens, every standing and icon, and what stands around a case."""
    return {
        "modes": list(MODES),
        "contrasts": _contrasts(),
        "type_scale": TYPE_SCALE,
        "spaces": SPACES,
        "icons": list(ICONS),
        "standings": list(STANDINGS),
        "severities": list(SEVERITIES),
        "long_chart": _long_chart(),
        "moment": _moment(),
        "said": [_Said("success", "Signed. Recorded as № 48 244.")],
        "way": [
            dict(zip(("state", "icon", "word", "title", "why", "act"), one, strict=True))
            for one in WAY
        ],
        "stops": [_Stop("claims-approval", "Claims approval"), _Stop("pricing", "Pricing")],
        "stops_shown": 2,
    }


def _contrasts() -> list[dict[str, Any]]:
    """Each colour of text: in each mode its least contrast on any surface."""
    return [
        {"name": name, "ratios": [(mode, f"{weakest(mode, name):.1f}") for mode in MODES]}
        for name in TEXTS
    ]


def _moment() -> SimpleNamespace:
    """An instant that has passed, as registry.access.Moment tells it."""
    then = AT - 3 * DAY
    return SimpleNamespace(
        as_of=then, text=then.isoformat(), utc=f"{then:%Y-%m-%d %H:%M:%S}",
        words="Fri 20 Nov 08:55", zone=SimpleNamespace(key="Europe/Berlin"), now=AT,
        local=f"{then:%Y-%m-%dT%H:%M}", latest=f"{AT:%Y-%m-%dT%H:%M}",
    )  # fmt: skip


def _long_chart() -> SafeString:
    """A long trend with everything that can lie on one: spread, silence, void, forecast, rule."""
    days = [(day, 4 + day % 3 + day / 6) for day in range(40)]
    readings = [
        Reading(AT - (39 - day) * DAY, value, lowest=value - 2, highest=value + 2, p95=value + 1)
        for day, value in days
    ]
    readings[8] = Reading(readings[8].at, None, voided="the export was doubled", shown=9.9)
    readings[9] = Reading(readings[9].at, None, standing="none")
    readings[33] = Reading(readings[33].at, readings[33].value, standing="recovering")
    return kpi_chart(
        readings=readings,
        title="A long trend, by day (sample)",
        description="A slow rise to 11, with a silence, a voided day and a forecast.",
        bands=BANDS,
        baseline=Level(4.5, "baseline 4.5", 4.0, 5.0),
        markers=[Marker(AT - 20 * DAY, "bands v2", "rule")],
        numbers=Numbers(floor_at=0),
        around=Around(
            period=(AT - 41 * DAY, AT + 6 * DAY),
            step=DAY,
            shades=(Shade(AT - 28 * DAY, AT - 24 * DAY, "silence"),),
            forecast=Forecast(AT, 11.5, AT + 6 * DAY, 13, "critical in 3 d"),
        ),
        key="long",
        width=760,
    )


class _Said:
    """A message of Django's as the template reads one."""

    def __init__(self, level_tag: str, text: str) -> None:
        self.level_tag, self.text = level_tag, text

    def __str__(self) -> str:
        return self.text


class _Stop:
    """A system that somebody may stop."""

    def __init__(self, slug: str, name: str) -> None:
        self.slug, self.name = slug, name
