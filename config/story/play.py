"""Plays the story by itself over HTTP, from four breaches to a validated evidence pack."""

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from config.story.cases import CASES, Case, Programme
from config.story.cast import CAST, PASSWORD
from config.story.visitor import OK, Unexpected, Visitor
from reports.services.validation import validate_pack

PATIENCE_SECONDS = 300
PACKED = "claims-approval"
EXPECTED_CLOSED = 4


@dataclass(slots=True)
class Played:
    """What came of it."""

    systems: int = 0
    measurements: int = 0
    decision_events: int = 0
    incidents: int = 0
    decisions: int = 0
    closed: int = 0
    refused: int = 0
    pack: str = ""
    pack_valid: bool = False
    pack_key: str = ""
    faults: list[str] = field(default_factory=list)

    @property
    def complete(self) -> bool:
        """Whether every case was closed and the pack holds."""
        return self.closed == EXPECTED_CLOSED and self.pack_valid

    def figures(self) -> dict[str, Any]:
        """Return the figures as they are printed."""
        names = (
            "systems", "measurements", "decision_events", "incidents", "decisions", "closed",
            "refused", "pack", "pack_valid", "pack_key",
        )  # fmt: skip
        shown = {name: getattr(self, name) for name in names}
        return shown | ({"faults": self.faults} if self.faults else {})


class Cast:
    """The personas, each signed in when first needed."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url
        self.signed_in: dict[str, Visitor] = {}

    def __getitem__(self, key: str) -> Visitor:
        if key not in self.signed_in:
            self.signed_in[key] = Visitor(self.base_url, key)
        return self.signed_in[key]

    def named(self, name: str) -> Visitor:
        """Return the persona with this printed name."""
        return self[next(person.key for person in CAST if person.name == name)]


def play(base_url: str, *, keep: str | None = None) -> Played:
    """Play all four cases side by side, then ask for a pack, download and validate it."""
    played = Played()
    auditor = Visitor(base_url, "nils")
    numbers = {row["system"]: row["number"] for row in _incidents(auditor)}
    with ThreadPoolExecutor(len(numbers) or 1) as pool:
        jobs = {slug: pool.submit(_case, base_url, numbers[slug], CASES[slug]) for slug in numbers}
        for slug, job in jobs.items():
            _collect(played, slug, job)
    _count(played, auditor)
    _pack(played, auditor, Path(keep) if keep else None)
    return played


def _collect(played: Played, slug: str, job: Any) -> None:
    try:
        played.refused += job.result()
    except Unexpected as problem:
        played.faults.append(f"{slug}: {problem}")


def _case(base_url: str, number: str, case: Case) -> int:
    cast = Cast(base_url)
    _investigate(cast, number, case)
    refused = _refusals(cast, number, case)
    _validate(cast, number, case)
    _decide(cast, number, case)
    _carry_out(cast, number, case)
    _close(cast, number, case)
    return refused


def _investigate(cast: Cast, number: str, case: Case) -> None:
    owner = cast[case.owner]
    now = datetime.now(UTC)
    owner.command(
        number, "acknowledge", person_harmed="no", rights_affected=case.rights,
        personal_data="no", critical_service="no",
    )  # fmt: skip
    owner.command(
        number, "first_assessment", seen=case.narrative, affected_note=case.affected,
        contained=False, next_step=case.proposed, next_step_at=_stamp(now + timedelta(days=1)),
    )  # fmt: skip
    owner.command(number, "add_evidence", title=case.evidence[0], reference=case.evidence[1])
    owner.command(
        number, "submit_findings", cause=case.cause, narrative=case.narrative,
        affected_note=case.affected, affected_from=_stamp(now - timedelta(minutes=1)),
        harm=case.harm, proposed_severity=case.severity, proposed_action=case.proposed,
        containment="None yet; the committee decides.", password=PASSWORD,
    )  # fmt: skip


def _refusals(cast: Cast, number: str, case: Case) -> int:
    """Try what must be refused: the owner's own validation, the auditor's hand, an old page."""
    answers = [
        cast[case.owner].try_command(number, "validate", **_review(cast, number, case)),
        cast["nils"].try_command(number, "validate", **_review(cast, number, case)),
        cast["maren"].send(
            f"/api/v1/incidents/{number}/commands/validate", _review(cast, number, case), version=1
        ),
    ]
    wanted = ({403}, {403}, {409, 412})
    for answer, codes in zip(answers, wanted, strict=True):
        if answer.status_code not in codes:
            raise Unexpected(f"not refused: {answer.status_code} {answer.text[:300]}")
    return len(answers)


def _review(cast: Cast, number: str, case: Case) -> dict[str, Any]:
    seen = cast["maren"].get(f"/api/v1/incidents/{number}/")
    return {
        "severity": seen["severity"],
        "implication": "none",
        "implication_reason": "Not a high-risk system; no limb of Art. 3(49) is met.",
        "harm": case.harm,
        "password": PASSWORD,
    }


def _validate(cast: Cast, number: str, case: Case) -> None:
    tier = cast["maren"].get(f"/api/v1/incidents/{number}/")["risk_tier"]
    if tier == "high":
        cast["tomasz"].command(number, "validate", **_review(cast, number, case))
    cast["maren"].command(number, "validate", **_review(cast, number, case))


def _decide(cast: Cast, number: str, case: Case) -> None:
    secretary, executor = cast["ruth"], cast["arjun"].id
    actions = [{"executor_id": executor, **action} for action in case.actions]
    motion = secretary.post(
        f"/api/v1/incidents/{number}/motions",
        {"title": case.title, "reason": case.reason, "actions": actions},
    )
    path = f"/api/v1/motions/{motion['number']}"
    motion = secretary.post_as_it_stands(f"{path}/", f"{path}/convene", {})
    for seat in motion["seats"]:
        if seat["seated"]:
            _vote(cast.named(seat["seated"]["name"]), path, motion["motion_sha256"])
    _await_adoption(secretary, path)


def _vote(member: Visitor, path: str, motion_sha256: str) -> None:
    """Vote, unless the round closed early: then nothing could change its outcome any more."""
    ballot = {"vote": "for", "motion_sha256": motion_sha256, "password": PASSWORD}
    answer = member.send(f"{path}/ballots", ballot)
    if answer.status_code not in OK and answer.json().get("code") != "round_closed":
        raise Unexpected(f"{member.key} could not vote: {answer.text[:400]}")


def _await_adoption(secretary: Visitor, path: str) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        state = secretary.get(f"{path}/")["state"]
        if state == "adopted":
            return
        if state != "open":
            raise Unexpected(f"the motion was not adopted: {state}")
        time.sleep(0.3)
    raise Unexpected("the round did not close in time")


def _carry_out(cast: Cast, number: str, case: Case) -> None:
    """Wait for the gateway; what it does not carry out is stated, recorded and signed."""
    if case.programme is not None:
        _make_good(cast, number, case.programme)
    _wait(cast["lena"], number)


def _make_good(cast: Cast, number: str, programme: Programme) -> None:
    seen = cast["lena"].get(f"/api/v1/incidents/{number}/")
    action = next(one for one in seen["actions"] if one["proof"] == "programme")
    path, executor = f"/api/v1/programmes/{action['id']}", cast["arjun"]
    began = _stamp(datetime.now(UTC) - timedelta(minutes=1))
    executor.put(path, {**programme.states, "affected_from": began})
    for batch in programme.batches:
        executor.post(f"{path}/batches", batch)
    for who, side in (("elena", "finance"), ("lena", "compliance")):
        signed = {"side": side, "rest": programme.rest, "password": PASSWORD}
        cast[who].post(f"{path}/signatures", signed)


def _wait(visitor: Visitor, number: str) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    seen: dict[str, Any] = {}
    while time.monotonic() < deadline:
        seen = visitor.get(f"/api/v1/incidents/{number}/")
        outcomes = {proof["outcome"] for proof in seen["proofs"]}
        if seen["state"] == "VERIFICATION" and outcomes == {"PASSED"}:
            return
        time.sleep(0.5)
    raise Unexpected(
        f"{number} was not proved in time: {seen['state']}, "
        f"{[(proof['outcome'], proof['forecast']) for proof in seen['proofs']]}"
    )


def _close(cast: Cast, number: str, case: Case) -> None:
    cast["lena"].command(
        number, "close", resolution=case.resolution, lessons=case.gap, detection_gap=case.gap,
        password=PASSWORD,
    )  # fmt: skip


def _count(played: Played, auditor: Visitor) -> None:
    incidents = _incidents(auditor)
    played.systems = len(auditor.get("/api/v1/systems/")["results"])
    played.incidents = len(incidents)
    played.closed = sum(row["state"] == "CLOSED" for row in incidents)
    motions = auditor.get("/api/v1/motions/")["results"]
    played.decisions = sum(row["state"] == "adopted" for row in motions)
    stored = auditor.get("/api/v1/stored")
    played.measurements = stored["measurements"]
    played.decision_events = stored["decision_events"]


def _incidents(visitor: Visitor) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = visitor.get("/api/v1/incidents/")["results"]
    return rows


def _pack(played: Played, auditor: Visitor, keep: Path | None) -> None:
    now = datetime.now(UTC)
    asked = {
        "system": PACKED,
        "since": _stamp(now - timedelta(days=1)),
        "until": _stamp(now + timedelta(seconds=1)),
    }
    number = auditor.post("/api/v1/packs/", asked)["number"]
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        pack = auditor.get(f"/api/v1/packs/{number}/")
        if pack["state"] in ("ready", "failed"):
            break
        time.sleep(0.5)
    if pack["state"] != "ready":
        played.faults.append(f"pack {number}: {pack['state']} {pack['failure']}")
        return
    file = keep or Path(f".var/demo/{number}.zip")
    file.parent.mkdir(parents=True, exist_ok=True)
    _download(auditor, f"/api/v1/packs/{number}/download", file)
    played.pack_key = pack["key"]
    report = validate_pack(file, key=played.pack_key)
    played.pack, played.pack_valid = str(file), report.ok
    played.faults += report.faults


def _download(visitor: Visitor, path: str, file: Path) -> None:
    with visitor.http.stream("GET", path) as answer:
        if answer.status_code != httpx.codes.OK:
            raise Unexpected(f"{path} answered {answer.status_code}")
        with file.open("wb") as out:
            for chunk in answer.iter_bytes():
                out.write(chunk)


def _stamp(instant: datetime) -> str:
    return instant.isoformat(timespec="seconds").replace("+00:00", "Z")
