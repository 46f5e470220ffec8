"""A bill of materials of AI systems: CycloneDX 1.6 with model cards (ECMA-424), as plain data.

The same facts give the same bytes: everything is sorted, the serial number follows from the
content, the instant is that of the newest fact.
"""

import hashlib
import json
import re
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

SPACE = uuid.UUID("7f1b5c0e-6a0e-5d43-9d0b-6b0c1f6f3a51")
ALGORITHMS = {"md5": "MD5", "sha1": "SHA-1", "sha256": "SHA-256", "sha384": "SHA-384",
              "sha512": "SHA-512", "blake3": "BLAKE3"}  # fmt: skip
LENGTHS = {"md5": 32, "sha1": 40, "sha256": 64, "sha384": 96, "sha512": 128, "blake3": 64}
HEX = re.compile(r"[0-9a-fA-F]+")
TASKS = {"predictive": "prediction", "assistant": "text generation", "agent": "agent",
         "multi_agent": "several agents"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Metric:
    """What an evaluation found for a slice."""

    name: str
    value: str
    slice: str
    verdict: str


@dataclass(frozen=True, slots=True)
class VersionFacts:
    """A version: its label, digest or hosted identity, state, where it is live, what was found."""

    label: str
    digest: str
    identity: Mapping[str, str]
    identity_hash: str
    state: str
    live_in: tuple[str, ...]
    changelog: str
    created_at: datetime
    metrics: tuple[Metric, ...] = ()


@dataclass(frozen=True, slots=True)
class DataFacts:
    """Where data come from: name, kind, holder, whether about people, licence."""

    name: str
    kind: str
    holder: str
    personal: str
    licence: str
    basis: str


@dataclass(frozen=True, slots=True)
class ProductFacts:
    """A supplier's product that a system uses."""

    supplier: str
    name: str
    kind: str
    identity: str


@dataclass(frozen=True, slots=True)
class SystemFacts:
    """A system with all that its bill lists."""

    slug: str
    name: str
    kind: str
    purpose: str
    users_affected: str
    supplier: str
    unit: str
    lifecycle: str
    risk_tier: str
    legal_class: str
    registered_at: datetime
    data_text: str = ""
    versions: tuple[VersionFacts, ...] = ()
    data: tuple[DataFacts, ...] = ()
    products: tuple[ProductFacts, ...] = ()
    depends_on: tuple[str, ...] = ()
    risks: tuple[tuple[str, str], ...] = field(default=())


def bill_of(systems: Sequence[SystemFacts], *, organisation: str, generator: str) -> bytes:
    """Return the bill of these systems as CycloneDX 1.6 JSON; one system is its subject."""
    parts: dict[str, dict[str, Any]] = {}
    needs: dict[str, set[str]] = {}
    known = {system.slug for system in systems}
    for system in systems:
        _add_system(system, parts, needs, known)
    body: dict[str, Any] = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": _metadata(systems, organisation, generator),
        "components": [parts[ref] for ref in sorted(parts)],
        "dependencies": [
            {"ref": ref, "dependsOn": sorted(needs.get(ref, ()))} for ref in sorted(parts)
        ],
    }
    body["serialNumber"] = f"urn:uuid:{uuid.uuid5(SPACE, hashlib.sha256(_bytes(body)).hexdigest())}"
    return _bytes(body)


def _bytes(body: Mapping[str, Any]) -> bytes:
    return (json.dumps(body, indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode()


def _metadata(systems: Sequence[SystemFacts], organisation: str, generator: str) -> dict[str, Any]:
    instants = [system.registered_at for system in systems]
    instants += [version.created_at for system in systems for version in system.versions]
    name, _, version = generator.partition(" ")
    metadata: dict[str, Any] = {
        "tools": {"components": [{"type": "application", "name": name, "version": version}]},
        "manufacturer": {"name": organisation},
        "properties": _properties({"systems": str(len(systems))}),
    }
    if instants:
        metadata["timestamp"] = f"{max(instants).astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    if len(systems) == 1:
        subject = {"type": "application", "name": systems[0].name}
        metadata["component"] = subject | {"bom-ref": f"subject:{systems[0].slug}"}
    return metadata


def _add_system(
    system: SystemFacts,
    parts: dict[str, dict[str, Any]],
    needs: dict[str, set[str]],
    known: set[str],
) -> None:
    ref = f"system:{system.slug}"
    parts[ref] = _system(system)
    needs[ref] = {f"system:{slug}" for slug in system.depends_on if slug in known}
    beside = {
        **{f"data:{system.slug}/{one.name}": _data(one) for one in system.data},
        **{f"product:{one.supplier}/{one.name}": _product(one) for one in system.products},
    }
    for version in system.versions:
        own = f"version:{system.slug}@{version.label}"
        parts[own] = {"bom-ref": own} | _version(system, version)
        needs[ref].add(own)
        base = _base(version)
        if base:
            parts[base["bom-ref"]] = base
            needs[own] = {base["bom-ref"]}
    needs[ref] |= set(beside)
    parts.update({key: {"bom-ref": key} | part for key, part in beside.items()})


def _system(system: SystemFacts) -> dict[str, Any]:
    """Return the system itself: a model with its card, which says what it is for and for whom."""
    part = {
        "bom-ref": f"system:{system.slug}",
        "type": "machine-learning-model",
        "name": system.name,
        "description": system.purpose,
        "modelCard": _card(system, ()),
        "properties": _properties(
            {
                "slug": system.slug,
                "kind": system.kind,
                "unit": system.unit,
                "lifecycle": system.lifecycle,
                "risk_tier": system.risk_tier,
                "legal_class": system.legal_class,
                "data": system.data_text,
            }
        ),
    }
    return part | ({"supplier": {"name": system.supplier}} if system.supplier else {})


def _version(system: SystemFacts, version: VersionFacts) -> dict[str, Any]:
    part = {
        "type": "machine-learning-model",
        "name": system.name,
        "version": version.label,
        "modelCard": _card(system, version.metrics),
        "properties": _properties(
            {
                "state": version.state,
                "live_in": ", ".join(version.live_in),
                "digest": version.digest,
                "identity_sha256": version.identity_hash,
                **{f"hosted:{name}": value for name, value in version.identity.items()},
            }
        ),
    }
    hashes = _hashes(version.digest)
    words = {"description": version.changelog} if version.changelog else {}
    return part | words | ({"hashes": hashes} if hashes else {})


def _hashes(digest: str) -> list[dict[str, str]]:
    way, _, value = digest.partition(":")
    if way in LENGTHS and len(value) == LENGTHS[way] and HEX.fullmatch(value):
        return [{"alg": ALGORITHMS[way], "content": value.lower()}]
    return []


def _base(version: VersionFacts) -> dict[str, Any] | None:
    """Return the hosted model below a version, None for one of our own."""
    given = version.identity
    if not given.get("hosted_model"):
        return None
    mark = given.get("snapshot") or given.get("fingerprint") or ""
    name = f"{given.get('provider', '')}/{given['hosted_model']}"
    part = {
        "bom-ref": f"hosted:{name}@{mark}",
        "type": "machine-learning-model",
        "name": given["hosted_model"],
        "supplier": {"name": given.get("provider") or "not named"},
        "properties": _properties({"fingerprint": given.get("fingerprint", "")}),
    }
    return part | ({"version": mark} if mark else {})


def _card(system: SystemFacts, metrics: Iterable[Metric]) -> dict[str, Any]:
    card: dict[str, Any] = {
        "modelParameters": {"task": TASKS.get(system.kind, system.kind)},
        "considerations": {"useCases": [system.purpose]},
    }
    if system.users_affected:
        card["considerations"]["users"] = [system.users_affected]
    if system.risks:
        card["considerations"]["ethicalConsiderations"] = [
            {"name": name, "mitigationStrategy": response} for name, response in system.risks
        ]
    found = [
        {"type": one.name, "value": one.value, "slice": f"{one.slice} ({one.verdict})"}
        for one in metrics
    ]
    if found:
        card["quantitativeAnalysis"] = {"performanceMetrics": found}
    return card


def _data(data: DataFacts) -> dict[str, Any]:
    dataset: dict[str, Any] = {"type": "dataset", "name": data.name, "description": data.kind}
    if data.personal:
        dataset["sensitiveData"] = [f"personal data: {data.personal}"]
    if data.holder:
        dataset["governance"] = {"custodians": [{"organization": {"name": data.holder}}]}
    part: dict[str, Any] = {"type": "data", "name": data.name, "data": [dataset]}
    if data.licence:
        part["licenses"] = [{"license": {"name": data.licence}}]
    return part | {"properties": _properties({"legal_basis": data.basis})}


def _product(product: ProductFacts) -> dict[str, Any]:
    kinds = {
        "hosted_model": "machine-learning-model",
        "data_set": "data",
        "software": "application",
    }
    part = {
        "type": kinds.get(product.kind, "platform"),
        "name": product.name,
        "supplier": {"name": product.supplier},
        "properties": _properties({"kind": product.kind}),
    }
    return part | ({"version": product.identity} if product.identity else {})


def _properties(pairs: Mapping[str, str]) -> list[dict[str, str]]:
    return [
        {"name": f"countersign:{name}", "value": value}
        for name, value in sorted(pairs.items())
        if value
    ]
