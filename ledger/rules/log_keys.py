"""The keys of the log as its own leaves name them: opened, rotated, reopened."""

from base64 import b64decode
from dataclasses import dataclass
from typing import Any

import orjson

from ledger.rules.claims import Findings
from ledger.rules.notes import Malformed, Note, Verifier, rotation_text

KEYS = "keys"
OPENED, ROTATED, REOPENED = "ledger.opened", "ledger.key_rotated", "ledger.reopened"
VERBS = frozenset({OPENED, ROTATED, REOPENED})


@dataclass(frozen=True, slots=True)
class LogKey:
    """A key of the log: under which origin, named by which leaf, and which key signed it in."""

    origin: str
    verifier: Verifier
    seq: int
    vkey: str
    before: Verifier | None = None


class KeyChain:
    """The keys in the order of the leaves that name them. What no old key signed is no key."""

    def __init__(self, findings: Findings) -> None:
        self.findings = findings
        self.keys: list[LogKey] = []

    def take(self, *, verb: str, seq: int, number: int, body: bytes) -> None:
        """Go on with the leaf of an opening, a rotation or a reopening."""
        try:
            details = orjson.loads(body)["details"]
            key = self._key(verb, seq, details)
        except (Malformed, KeyError, TypeError, ValueError, AttributeError) as error:
            words = f"entry {number} (seq {seq:,}) names no key that can be followed: {error}"
            self.findings.add(KEYS, words, number)
        else:
            self.keys.append(key)

    def in_force(self, size: int) -> LogKey | None:
        """Return the key that signs the checkpoint of a size: the last one named before it."""
        named = [key for key in self.keys if key.seq < size]
        return named[-1] if named else None

    def of_origin(self, origin: str) -> list[Verifier]:
        """Return every key of an origin."""
        return [key.verifier for key in self.keys if key.origin == origin]

    def _key(self, verb: str, seq: int, details: dict[str, Any]) -> LogKey:
        if verb == ROTATED:
            return self._rotated(seq, details)
        if verb == OPENED and seq:
            raise Malformed("the log was open already")
        if verb == REOPENED:
            self._check_quoted(details["previous"])
        key = Verifier.parse(details["key"])
        if key.name != details["origin"]:
            raise Malformed("the key's name is not the origin")
        return LogKey(details["origin"], key, seq, details["key"])

    def _rotated(self, seq: int, details: dict[str, Any]) -> LogKey:
        old = self.keys[-1] if self.keys else None
        if old is None or details["old"] != old.vkey:
            raise Malformed("the key that it replaces is not the one in force")
        text = rotation_text(details["old"], details["new"]).encode()
        if not old.verifier.verify(text, b64decode(details["signature"])):
            raise Malformed("the old key did not sign the new one")
        key = Verifier.parse(details["new"])
        return LogKey(key.name, key, seq, details["new"], before=old.verifier)

    def _check_quoted(self, previous: dict[str, Any]) -> None:
        note = Note.parse(previous["note"])
        if not any(note.signed_by(key) for key in self.of_origin(previous["origin"])):
            raise Malformed("the checkpoint that it quotes is signed by no earlier key")
