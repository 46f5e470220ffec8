"""Exports and packs in the exact form of the contract, made without the application's own code.

Signed by `cryptography`, hashed naively, framed by `zipfile`: what the verifier accepts here, it
does not accept because both share a mistake.
"""

import base64
import csv
import hashlib
import io
import json
import zipfile
from datetime import UTC, datetime, timedelta

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

ORIGIN = "countersign.example/ledger"
SYSTEM = "0b9f5f0e-0001-4a6e-9a57-5d8f6c1e0001"
OTHER = "0b9f5f0e-0002-4a6e-9a57-5d8f6c1e0002"
INCIDENT = "0b9f5f0e-0003-4a6e-9a57-5d8f6c1e0003"
START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
PACK = "EP-2026-0007"


def canonical(value):
    """The one byte string of a JSON value."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode()


def b64(data):
    """Standard Base 64 as text."""
    return base64.b64encode(data).decode()


def leaf(line):
    """RFC 6962 leaf hash."""
    return hashlib.sha256(b"\x00" + line).digest()


def root(leaves):
    """RFC 6962 tree hash, as the RFC writes it: split at the largest power of two."""
    if not leaves:
        return hashlib.sha256().digest()
    if len(leaves) == 1:
        return leaves[0]
    cut = 1 << (len(leaves) - 1).bit_length() - 1
    return hashlib.sha256(b"\x01" + root(leaves[:cut]) + root(leaves[cut:])).digest()


def path(index, leaves):
    """RFC 6962 audit path."""
    if len(leaves) == 1:
        return []
    cut = 1 << (len(leaves) - 1).bit_length() - 1
    if index < cut:
        return [*path(index, leaves[:cut]), root(leaves[cut:])]
    return [*path(index - cut, leaves[cut:]), root(leaves[:cut])]


class Signer:
    """A key of a log, the same for the same words."""

    def __init__(self, words="first key", name=ORIGIN):
        self.private = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(words.encode()).digest())
        self.name = name
        public = self.private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        self.id = hashlib.sha256(name.encode() + b"\n\x01" + public).digest()[:4]
        encoded = b64(b"\x01" + public)
        self.vkey = f"{name}+{self.id.hex()}+{encoded}"

    def line(self, text):
        """A signature line of a note."""
        return f"— {self.name} {b64(self.id + self.private.sign(text.encode()))}\n"


def note(text, *signers):
    """A signed note."""
    return text + "\n" + "".join(signer.line(text) for signer in signers)


def commitment(value, salt):
    """A salted commitment as it stands in an entry."""
    made = b"countersign commitment v1\n" + salt + value.encode()
    return "commit:" + hashlib.sha256(made).hexdigest()


class Ledger:
    """A ledger under construction; every method that records seals at once."""

    def __init__(self, signer=None, *, opened=True):
        self.signer = signer or Signer()
        self.origin = self.signer.name
        self.lines, self.sealed, self.leaves = [], [], []
        self.checkpoints = []
        self.counts, self.disclosures, self.salts = {}, [], 0
        self.keys = []
        self.now = START
        self.second = []
        if opened:
            self.own("ledger.opened", {"origin": self.origin, "key": self.signer.vkey})
            self.keys.append(self.signer)

    def person(self, name="Ada Lovelace", kind="name", *, disclosed=True):
        """The commitment of a person's name, disclosed or not."""
        self.salts += 1
        salt = hashlib.sha256(f"salt {self.salts} {name}".encode()).digest()
        text = commitment(name, salt)
        if disclosed:
            self.disclosures.append(
                {"commitment": text[7:], "kind": kind, "salt": salt.hex(),
                 "subject": "u-1", "value": name}
            )  # fmt: skip
        return text

    def entry(self, verb="incident.opened", *, system=SYSTEM, at=None, who=None, **more):
        """An entry's body."""
        body = {
            "v": 1, "verb": verb, "at": (at or self.now).isoformat(),
            "who": {"kind": "person", "id": "u-1", "name": who or self.person(), "role": "owner"},
            "object": {"type": "incident", "id": INCIDENT, "label": "INC-2026-00041"},
            "from": {"channel": "page", "request": "r-1"},
            "application": "0.1.0",
        }  # fmt: skip
        if system:
            body["system"] = system
        return {**body, **more}

    def seal(self, body, *, sealed=None, number=None):
        """Append a body as the next sealed line."""
        self.now += timedelta(seconds=7)
        stream = body.get("system", "organisation")
        seal = sealed or self.now + timedelta(seconds=20)
        line = canonical({
            "entry": body, "number": number or 100 + len(self.lines),
            "sealed": seal.strftime("%Y-%m-%dT%H:%M:%S.%fZ"), "seq": len(self.lines),
            "stream": stream, "stream_seq": self.counts.get(stream, 0),
        })  # fmt: skip
        self.counts[stream] = self.counts.get(stream, 0) + 1
        self.lines.append(line)
        self.sealed.append(seal.strftime("%Y-%m-%dT%H:%M:%S.%fZ"))
        self.leaves.append(leaf(line))

    def record(self, verb="incident.opened", **more):
        """Seal an entry of a person."""
        self.seal(self.entry(verb, **more))

    def own(self, verb, details, **more):
        """Seal an entry of the ledger itself."""
        thing = {"type": "ledger", "id": self.origin, "label": self.origin}
        who = {"kind": "system", "id": "sealer", "name": "sealer", "role": "engine"}
        body = self.entry(verb, system=None, who="sealer", details=details, object=thing, **more)
        self.seal({**body, "who": who})

    def rotate(self, new):
        """Replace the key; the next checkpoint carries both signatures."""
        old, text = self.signer, f"countersign key rotation v1\n{self.signer.vkey}\n{new.vkey}\n"
        signature = b64(old.private.sign(text.encode()))
        self.own("ledger.key_rotated", {"old": old.vkey, "new": new.vkey, "signature": signature})
        self.signer, self.second = new, [old]
        self.keys.append(new)

    def reopen(self, new, lost, *, linked=False):
        """Go on after a restored backup under a new origin, quoting the lost checkpoint."""
        origin, size, encoded = lost.split("\n")[:3]
        quoted = {"origin": origin, "size": int(size), "root": encoded, "note": lost}
        details = {"origin": new.name, "key": new.vkey, "previous": quoted}
        if linked:
            text = lost[: lost.rindex("\n\n") + 1]
            text = f"countersign reopening v1\n{self.signer.vkey}\n{new.vkey}\n{text}"
            details["signature"] = b64(self.signer.private.sign(text.encode()))
        self.origin, self.signer = new.name, new
        self.own("ledger.reopened", details, reason="the database was restored from a backup")
        self.keys.append(new)

    def note(self, size=None):
        """The signed checkpoint at a size (now)."""
        size = len(self.lines) if size is None else size
        text = f"{self.origin}\n{size}\n{b64(root(self.leaves[:size]))}\n"
        return note(text, *self.second, self.signer)

    def checkpoint(self):
        """Sign a checkpoint now and list it; return the note."""
        made = self.note()
        self.checkpoints.append((len(self.lines), made, self.sealed[-1]))
        self.second = []
        return made

    def proof(self, seq):
        """A tlog-proof of a leaf under the latest checkpoint."""
        size, made, _ = self.checkpoints[-1]
        steps = "".join(f"{b64(step)}\n" for step in path(seq, self.leaves[:size]))
        return f"c2sp.org/tlog-proof@v1\nindex {seq}\n{steps}\n{made}".encode()

    def files(self, lines):
        """The files that an export and a pack of some lines share."""
        listed = [{"note": made, "sealed": sealed} for _, made, sealed in self.checkpoints]
        keys = [{"vkey": key.vkey, "from_size": 0, "to_size": None} for key in self.keys]
        every = jsonl(lines).decode()
        opened = [item for item in self.disclosures if item["commitment"] in every]
        opened.sort(key=lambda item: item["commitment"])
        return {
            "checkpoint": self.checkpoints[-1][1].encode(),
            "checkpoints.jsonl": jsonl(map(canonical, listed)),
            "keys.json": canonical(keys),
            "disclosures.jsonl": jsonl(map(canonical, opened)),
        }


def jsonl(lines):
    """Lines, each ended."""
    return b"".join(line + b"\n" for line in lines)


def story(ledger=None, rounds=4):
    """A small ledger: two systems, the organisation, one person whose name was erased."""
    ledger = ledger or Ledger()
    for turn in range(rounds):
        ledger.record(reason=f"Ursache wird geprüft, {turn}")
        ledger.record("incident.taken", after={"state": "INVESTIGATING"}, before={"state": "OPEN"})
        ledger.record("system.changed", system=OTHER, who=ledger.person(disclosed=False))
        ledger.checkpoint()
        ledger.record("person.signed_in", system=None)
        ledger.record("incident.closed", reason='he said "done"\n and left', incident=INCIDENT)
    ledger.own("ledger.heartbeat", {"streams": dict(ledger.counts)})
    ledger.checkpoint()
    return ledger


def export(ledger, top="ledger-2026-03-02"):
    """A bare export's files by name."""
    files = {"log.jsonl": jsonl(ledger.lines), **ledger.files(ledger.lines)}
    files["proofs/3.tlog-proof"] = ledger.proof(3)
    return {f"{top}/{name}": data for name, data in files.items()}


VERBS = ("ledger.opened", "ledger.key_rotated", "ledger.reopened", "ledger.counted")


def pack(ledger, *, since=None, until=None, number=PACK, extra=None, anchors=None):
    """A pack's files by name; counts the system's stream and signs the last checkpoint."""
    since = since or START + timedelta(seconds=30)
    until = until or START + timedelta(seconds=110)
    ledger.own("ledger.counted", {"streams": {SYSTEM: ledger.counts[SYSTEM]}})
    ledger.checkpoint()
    own, beside, stream = chosen(ledger, since, until)
    log = [ledger.lines[place] for place in own]
    audit = {
        "log.jsonl": jsonl(log),
        "log.csv": table(log),
        "neighbours.jsonl": jsonl(ledger.lines[place] for place in beside),
        "leaf-hashes.bin": b"".join(ledger.leaves),
        f"proofs/{beside[-1]}.tlog-proof": ledger.proof(beside[-1]),
        **ledger.files([ledger.lines[place] for place in {*own, *beside}]),
        **{f"anchors/{name}": data for name, data in (anchors or {}).items()},
    }
    about = {
        "format": 2, "pack": number, "sealed": True, "signed": True, "stream": stream,
        "scope": {"system_id": SYSTEM, "system": "Claims triage", "since": since.isoformat(),
                  "until": until.isoformat(), "as_of": ledger.now.isoformat()},
        "log_scope": {"system": SYSTEM, "incidents": [INCIDENT], "objects": []},
        "ledger": {"sha256": hashlib.sha256(audit["log.jsonl"]).hexdigest(), "entries": len(log)},
    }  # fmt: skip
    files = {f"data/audit/{name}": data for name, data in audit.items()}
    files["data/pack.json"] = canonical(about)
    files["data/report.pdf"] = b"%PDF-1.7 a report in words\n"
    files.update(extra or {})
    return signed(files, ledger, number)


def chosen(ledger, since, until):
    """Places of a pack's lines, of its neighbours, and what pack.json says of the stream."""
    parsed = [json.loads(line) for line in ledger.lines]
    stream = [place for place, line in enumerate(parsed) if line["stream"] == SYSTEM]
    at = [datetime.fromisoformat(line["entry"]["at"]) for line in parsed]
    inside = [place for place in stream if since <= at[place] < until]
    entries = [line["entry"] for line in parsed]
    matters = [place for place, item in enumerate(entries) if item.get("incident") == INCIDENT]
    own = {*inside, *matters}
    bounds = [parsed[inside[place]]["stream_seq"] for place in (0, -1)] if inside else [None, None]
    later = [parsed[place]["stream_seq"] for place in stream if at[place] >= until]
    low, high = bounds if inside else (later[0], later[0] - 1) if later else (len(stream),) * 2
    near = {place for place in stream if low - 1 <= parsed[place]["stream_seq"] <= high + 1}
    ledgers = {place for place, item in enumerate(entries) if item["verb"] in VERBS}
    about = {"id": SYSTEM, "first": bounds[0], "last": bounds[1], "count": len(stream)}
    return sorted(own), sorted((near | ledgers) - own), about


def table(lines):
    """log.csv of some lines."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["seq", "number", "sealed", "at", "verb", "words", "sha256_of_line"])
    for line in lines:
        item = json.loads(line)
        at = datetime.fromisoformat(item["entry"]["at"]).astimezone(UTC)
        shown = at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        words = "opened, 'then\nleft"
        digest = hashlib.sha256(line).hexdigest()
        head = (item["seq"], item["number"], item["sealed"], shown)
        writer.writerow([*head, item["entry"]["verb"], words, digest])
    return out.getvalue().encode()


def signed(files, ledger, number=PACK, signer=None):
    """Put manifests and the signed note around a pack's payload."""
    files = {name: data for name, data in files.items() if name.startswith("data/")}
    total = sum(map(len, files.values()))
    files["VERIFY.txt"] = b"How to check this pack.\n"
    files["bagit.txt"] = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
    payload = sorted(name for name in files if name.startswith("data/"))
    files["bag-info.txt"] = (
        f"External-Identifier: {number}\nPayload-Oxum: {total}.{len(payload)}\n".encode()
    )
    files["manifest-sha256.txt"] = manifest(files, payload)
    tags = sorted(name for name in files if not name.startswith("data/"))
    files["tagmanifest-sha256.txt"] = manifest(files, tags)
    size, made, _ = ledger.checkpoints[-1]
    digest = hashlib.sha256(files["tagmanifest-sha256.txt"]).hexdigest()
    encoded = made.split("\n")[2]
    text = (
        f"countersign pack v1\n{number}\ntagmanifest-sha256 {digest}\ncheckpoint {size} {encoded}\n"
    )
    files["tagmanifest-sha256.note"] = note(text, signer or ledger.signer).encode()
    return {f"{number}/{name}": data for name, data in files.items()}


def manifest(files, names):
    """A BagIt manifest."""
    lines = [f"{hashlib.sha256(files[name]).hexdigest()}  {name}\n" for name in names]
    return "".join(lines).encode()


def zipped(files):
    """The files as a ZIP of the contract's form, through the standard library."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(files):
            item = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            item.create_system, item.external_attr = 3, 0o100644 << 16
            archive.writestr(item, files[name])
    return target.getvalue()


def forged(ledger, change, signer=None):
    """The same ledger after `change(lines)`: numbered, hashed and signed anew without a trace."""
    lines = [json.loads(line) for line in ledger.lines]
    change(lines)
    made = Ledger(signer or ledger.signer, opened=False)
    made.keys, made.disclosures = list(ledger.keys), list(ledger.disclosures)
    if signer:
        made.keys = [signer]
        lines[0]["entry"]["details"] = {"origin": signer.name, "key": signer.vkey}
    sizes = {size for size, _, _ in ledger.checkpoints}
    for seq, line in enumerate(lines):
        stream = line["stream"]
        line["seq"], line["stream_seq"] = seq, made.counts.get(stream, 0)
        for name in line["entry"].get("details", {}).get("streams", {}):
            line["entry"]["details"]["streams"][name] = made.counts[name]
        made.counts[stream] = line["stream_seq"] + 1
        made.lines.append(canonical(line))
        made.sealed.append(line["sealed"])
        made.leaves.append(leaf(made.lines[-1]))
        if seq + 1 in sizes or seq + 1 == len(lines):
            made.checkpoint()
    return made
