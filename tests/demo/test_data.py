"""The readings in the repository: small, complete, and saying what the story says."""

import gzip
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml

from demo import readings
from demo.programs.paying_agent import APPROVAL_LIMIT_EUR, SPENDING_LIMIT_EUR
from demo.readings import DATA, path_of, read_readings, write_readings
from demo.series import STORY, Windows, by_window, describe
from demo.stories import paying_agent, support_assistant

STORY_FILE = DATA.parent / "story.yaml"
COUNTS = {
    "claims-form-reader": {"before": (14, 500), "after": (4, 500)},
    "claims-approval": {"before": (14, 2400), "after": (4, 2400)},
    "support-assistant": {"before": (14, 240), "after": (4, 240)},
    "paying-agent": {"before": (14, 36), "after": (3, 36)},
}
SIMULATED = {support_assistant.SYSTEM: support_assistant, paying_agent.SYSTEM: paying_agent}


@pytest.fixture(scope="module")
def windows() -> dict[str, Windows]:
    return {system: by_window(read_readings(system)) for system in COUNTS}


@pytest.fixture(scope="module")
def story() -> dict[str, dict[str, Any]]:
    told = yaml.safe_load(STORY_FILE.read_text())
    return {system["slug"]: system for system in told["systems"]}


def series_of(system: dict[str, Any], kpi: str) -> dict[str, Any]:
    return next(each for each in system["series"] if each["kpi"] == kpi)


def values_of(series: dict[str, Any], phase: str, key: str = "value") -> list[float]:
    return [line[key] for line in series["windows"] if line["phase"] == phase]


def test_all_files_together_stay_under_two_megabytes() -> None:
    files = [each for each in DATA.parent.rglob("*") if each.is_file() and each.suffix != ".pyc"]

    total = sum(each.stat().st_size for each in files)

    assert total < 2_000_000


@pytest.mark.parametrize("system", COUNTS)
def test_every_window_has_its_number_of_events(system: str, windows: dict[str, Windows]) -> None:
    sizes = {window: len(events) for window, events in windows[system].items()}

    expected = {
        (phase, window): size
        for phase, (count, size) in COUNTS[system].items()
        for window in range(1, count + 1)
    }
    assert sizes == expected


@pytest.mark.parametrize("system", COUNTS)
def test_event_ids_are_unique(system: str) -> None:
    ids = Counter(reading.event["event_id"] for reading in read_readings(system))

    assert max(ids.values()) == 1


@pytest.mark.parametrize("system", COUNTS)
def test_events_lie_in_order_within_their_window(system: str) -> None:
    order = {"before": 0, "after": 1}
    places = [(order[each.phase], each.window, each.offset) for each in read_readings(system)]

    assert places == sorted(places)
    assert all(0 <= offset <= 1 for _, _, offset in places)


@pytest.mark.parametrize("system", COUNTS)
def test_the_story_states_what_the_data_say(
    system: str, windows: dict[str, Windows], story: dict[str, dict[str, Any]]
) -> None:
    measured = [describe(series, windows[system]) for series in STORY[system]]

    assert story[system]["series"] == measured


@pytest.mark.parametrize("system", COUNTS)
def test_the_story_names_the_version_that_answers(
    system: str, windows: dict[str, Windows], story: dict[str, dict[str, Any]]
) -> None:
    first_seen = {
        (phase, events[-1]["version"]): window
        for (phase, window), events in reversed(windows[system].items())
    }
    live = {(each["phase"], each["version"]): each["from_window"] for each in story[system]["live"]}

    assert live.items() <= first_seen.items()
    assert set(live) == set(first_seen)


@pytest.mark.parametrize("system", COUNTS)
def test_each_version_has_a_digest_and_a_fallback_that_exists(
    system: str, story: dict[str, dict[str, Any]]
) -> None:
    versions = story[system]["versions"]
    labels = {each["label"] for each in versions}

    assert len({each["sha256"] for each in versions}) == len(versions)
    assert all(len(each["sha256"]) == 64 for each in versions)
    assert {each["fallback"] for each in versions} <= labels | {None}


def test_the_scans_cross_warning_then_critical_and_the_retrained_reader_recovers(
    story: dict[str, dict[str, Any]],
) -> None:
    accuracy = series_of(story["claims-form-reader"], "accuracy")

    assert accuracy["beyond_warning"] == [12, 13, 14]
    assert accuracy["beyond_critical"] == [13, 14]
    assert accuracy["back_after"] == [1, 2, 3, 4]
    assert accuracy["bands"]["critical"] == pytest.approx(accuracy["baseline"] - 0.08)


def test_the_age_gap_is_quiet_then_warning_then_critical_and_closes_again(
    story: dict[str, dict[str, Any]],
) -> None:
    gap = series_of(story["claims-approval"], "demographic_parity_difference")
    lows, highs = values_of(gap, "before", "low"), values_of(gap, "before", "high")

    assert all(low < 0 < high for low, high in zip(lows[:7], highs[:7], strict=True))
    assert gap["beyond_warning"] == [9, 10, 11, 12, 13, 14]
    assert gap["beyond_critical"] == [10, 11, 12, 13, 14]
    assert gap["back_after"] == [1, 2, 3, 4]
    assert all(low < 0 for low in values_of(gap, "after", "low"))


def test_accuracy_does_not_notice_what_the_gap_shows(story: dict[str, dict[str, Any]]) -> None:
    accuracy = values_of(series_of(story["claims-approval"], "accuracy"), "before")
    baseline = sum(accuracy[:6]) / 6

    assert min(accuracy) > baseline - 0.04


def test_both_age_groups_are_large_enough_to_judge(windows: dict[str, Windows]) -> None:
    groups = [
        Counter(event["segment"]["age_group"] for event in events)
        for events in windows["claims-approval"].values()
    ]

    assert all(set(each) == {"under_23", "23_and_over"} for each in groups)
    assert min(min(each.values()) for each in groups) >= 200


def test_answers_lose_their_ground_and_the_new_faq_brings_it_back(
    story: dict[str, dict[str, Any]],
) -> None:
    grounded = series_of(story["support-assistant"], "groundedness")

    assert grounded["beyond_warning"] == [10, 11, 12, 13, 14]
    assert grounded["beyond_critical"] == [12, 13, 14]
    assert min(values_of(grounded, "after")) > 0.93


def test_the_agent_oversteps_in_its_last_window_only(
    story: dict[str, dict[str, Any]], windows: dict[str, Windows]
) -> None:
    violations = series_of(story["paying-agent"], "boundary_violations")
    spend = series_of(story["paying-agent"], "budget_consumption")
    executed = [e for e in windows["paying-agent"]["before", 14] if e["boundary_violation"]]

    assert violations["beyond_critical"] == spend["beyond_critical"] == [14]
    assert spend["beyond_warning"] == [14]
    assert executed
    assert all(event["spend"] > 0 and not event["blocked"] for event in executed)


def test_what_was_split_is_what_was_paid(windows: dict[str, Windows]) -> None:
    for events in windows["paying-agent"].values():
        for event in events:
            paid = [
                call["amount"]
                for call in event["tool_calls"]
                if call["tool"] == "pay" and call["outcome"] == "ok"
            ]

            assert sum(paid) == pytest.approx(event["spend"])


def test_the_limits_told_are_the_limits_in_the_program(story: dict[str, dict[str, Any]]) -> None:
    limits = story["paying-agent"]["limits"]

    assert limits["spending_eur_a_window"] == SPENDING_LIMIT_EUR
    assert limits["approval_eur_a_payment"] == APPROVAL_LIMIT_EUR


@pytest.mark.parametrize("system", SIMULATED)
def test_running_the_program_again_gives_the_same_bytes(
    system: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    committed = path_of(system)
    monkeypatch.setattr(readings, "DATA", tmp_path)

    write_readings(system, SIMULATED[system].COLUMNS, SIMULATED[system].Bench().readings())

    assert unpacked(path_of(system)) == unpacked(committed)


@pytest.mark.parametrize("system", SIMULATED)
def test_the_digest_told_is_that_of_the_program(
    system: str, story: dict[str, dict[str, Any]]
) -> None:
    told = {each["label"]: each["sha256"] for each in story[system]["versions"]}

    assert told == SIMULATED[system].Bench().digests()


def test_only_the_scripted_runs_are_marked_as_simulated(windows: dict[str, Windows]) -> None:
    marks = {
        system: {event["simulated"] for events in each.values() for event in events}
        for system, each in windows.items()
    }

    assert marks == {system: {system in SIMULATED} for system in COUNTS}


def test_each_answer_of_the_assistant_tells_what_was_asked_and_where_it_stands(
    windows: dict[str, Windows],
) -> None:
    every = [event for events in windows["support-assistant"].values() for event in events]

    sourced = {bool(event["sources"]) for event in every if event["answer"] != "handed-over"}

    assert all(event["question"] and event["tokens_in"] > 0 for event in every)
    assert sourced == {True}
    assert {len(e["tool_calls"]) for e in every if e["answer"] == "handed-over"} == {2}


def test_the_agent_tells_whom_it_asked_and_what_nearly_went_wrong(
    windows: dict[str, Windows],
) -> None:
    every = [event for events in windows["paying-agent"].values() for event in events]

    asked = [one for event in every for one in event["approvals"]]

    assert all(one["by"] == "owner" and one["seconds"] > 0 for one in asked)
    assert len(asked) == sum(len(e["tool_calls"]) > 2 and e["version"] == "1.3" for e in every)
    assert any(event["near_miss"] for event in every)
    assert not any(event["near_miss"] and event["boundary_violation"] for event in every)


def test_the_agent_calls_no_tool_outside_its_declared_scope(windows: dict[str, Windows]) -> None:
    around = yaml.safe_load((DATA.parent / "surroundings.yaml").read_text())
    declared = {tool["name"] for tool in around["scopes"]["paying-agent"]["tools"]}

    called = {
        call["tool"]
        for events in windows["paying-agent"].values()
        for event in events
        for call in event["tool_calls"]
    }

    assert called <= declared


def unpacked(path: Path) -> str:
    with gzip.open(path, "rt") as text:
        return text.read()
