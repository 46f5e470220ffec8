"""Makes the demo's readings anew: trains, scores, runs, and writes data/ and story.yaml.

    python -m demo.score

Needs the dependency group `demo-data`. Fixed seeds: the same versions of the libraries give the
same bytes. The demo itself does not run this; what it writes is in the repository.
"""

from importlib.metadata import version
from types import ModuleType
from typing import Any

import yaml
from threadpoolctl import threadpool_limits

from demo.readings import DATA, read_readings, write_readings
from demo.series import STORY, Windows, by_window, describe
from demo.stories import claims_approval, form_reader, paying_agent, support_assistant

SYSTEMS = (form_reader, claims_approval, support_assistant, paying_agent)
PROSE = DATA.parent / "stories" / "prose.yaml"
TARGET = DATA.parent / "story.yaml"
HEAD = "# Written by demo/score.py from the data and from stories/prose.yaml; do not edit.\n"
LIBRARIES = ("scikit-learn", "lifelines", "numpy", "pandas", "scipy")


def main() -> None:
    """Write every data file and the story, and say what was written."""
    prose = yaml.safe_load(PROSE.read_text())
    DATA.mkdir(exist_ok=True)
    # One thread: sums in another order give other last bits.
    with threadpool_limits(1):
        told = {story.SYSTEM: _tell(story, prose[story.SYSTEM]) for story in SYSTEMS}
    story = {
        "organisation": "Nordhaven Insurance (fictitious, for this demo)",
        "made_with": {name: version(name) for name in LIBRARIES},
        "systems": list(told.values()),
    }
    text = yaml.safe_dump(
        story, sort_keys=False, allow_unicode=True, width=100, default_flow_style=None
    )
    TARGET.write_text(HEAD + text)


def _tell(story: ModuleType, prose: dict[str, Any]) -> dict[str, Any]:
    """Write one system's data file, read it back, and put its entry of the story together."""
    bench = story.Bench()
    digests = bench.digests()
    write_readings(story.SYSTEM, story.COLUMNS, bench.readings())
    windows = by_window(read_readings(story.SYSTEM))
    entry = {"slug": story.SYSTEM, **prose, "versions": _versions(prose, digests), **_live(windows)}
    entry |= bench.more()
    entry["events"] = {phase: _count(windows, phase) for phase in ("before", "after")}
    entry["series"] = [describe(series, windows) for series in STORY[story.SYSTEM]]
    print(story.SYSTEM, entry["events"])
    return entry


def _versions(prose: dict[str, Any], digests: dict[str, str]) -> list[dict[str, Any]]:
    return [
        {"label": label, "sha256": digests[label], **about}
        for label, about in prose["versions"].items()
    ]


def _live(windows: Windows) -> dict[str, Any]:
    """From which window of which phase a version answers, and its share where two do."""
    live: list[dict[str, Any]] = []
    shares: list[dict[str, Any]] = []
    for (phase, window), events in windows.items():
        labels = [event["version"] for event in events]
        newest = max(labels)
        if not live or (live[-1]["phase"], live[-1]["version"]) != (phase, newest):
            live.append({"phase": phase, "from_window": window, "version": newest})
        if labels.count(newest) < len(labels):
            share = round(labels.count(newest) / len(labels), 4)
            shares.append({"phase": phase, "window": window, "version": newest, "share": share})
    return {"live": live, "rolled_out_in_steps": shares}


def _count(windows: Windows, phase: str) -> dict[str, int]:
    sizes = [len(events) for (each, _), events in windows.items() if each == phase]
    return {"windows": len(sizes), "events": sum(sizes)}


if __name__ == "__main__":
    main()
