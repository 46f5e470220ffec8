"""What a version is: the digest of what was built, or the identity of a hosted model (REG-10)."""

import hashlib
import re
from dataclasses import asdict, dataclass

from ledger.rules.canonical import canonical
from ledger.rules.worded import worded

SCHEMA = 1
HEX = re.compile(r"[0-9a-f]{64}")
HASHES = ("prompt_sha256", "tools_sha256", "index_sha256", "guardrails_sha256")
NAMES = ("provider", "hosted_model", "snapshot", "fingerprint")
HOSTED = (*NAMES, *HASHES)
LONGEST = {"digest": 80, "provider": 80, "hosted_model": 120, "snapshot": 120, "fingerprint": 120}


@dataclass(frozen=True, slots=True)
class Identity:
    """Either `digest`, or provider and model with what else tells one answerer from the next.

    The hashes are SHA-256 in hex of the prompt, the tool definitions, the retrieval index and the
    guardrails, each as the organisation keeps it; '' where there is none.
    """

    digest: str = ""
    provider: str = ""
    hosted_model: str = ""
    snapshot: str = ""
    fingerprint: str = ""
    prompt_sha256: str = ""
    tools_sha256: str = ""
    index_sha256: str = ""
    guardrails_sha256: str = ""

    @property
    def kind(self) -> str:
        """'digest' or 'hosted'."""
        return "digest" if self.digest else "hosted"

    @property
    def loose(self) -> bool:
        """Whether the provider could put another model behind the same name unseen."""
        return self.kind == "hosted" and not (self.snapshot or self.fingerprint)

    @property
    def document(self) -> dict[str, str | int]:
        """The identity as it is hashed: its kind and what is known, nothing empty."""
        known = {name: value for name, value in asdict(self).items() if value}
        return {"v": SCHEMA, "kind": self.kind, **known}

    @property
    def words(self) -> str:
        """In one line: the digest, or 'Provider, model, snapshot'."""
        parts = (self.provider, self.hosted_model, self.snapshot or self.fingerprint)
        return self.digest or ", ".join(part for part in parts if part)


def identity_hash(identity: Identity) -> str:
    """Return the SHA-256 of the canonical identity (RFC 8785), in hex: what an approval names."""
    return hashlib.sha256(canonical(identity.document)).hexdigest()


def identity_from(**given: str) -> Identity:
    """Return an identity of what was typed: blanks cut, hashes in small letters without prefix."""
    values = {name: value.strip() for name, value in given.items()}
    for name in HASHES:
        values[name] = values.get(name, "").lower().removeprefix("sha256:")
    return Identity(**values)


def problems(identity: Identity) -> dict[str, str]:
    """Return what is wrong with an identity by field; empty for one that holds."""
    hosted = any(getattr(identity, name) for name in HOSTED)
    if identity.digest and hosted:
        return {"digest": "Either a digest or a hosted model, not both."}
    if not identity.digest and not hosted:
        return {"digest": "A version needs a digest, or the identity of a hosted model."}
    return _badly_written(identity) | (_missing(identity) if hosted else {})


def _badly_written(identity: Identity) -> dict[str, str]:
    found = {}
    for name, longest in LONGEST.items():
        value = getattr(identity, name)
        if len(value) > longest or not value.isprintable():
            found[name] = worded("At most {longest} printable characters.", longest=longest)
    for name in HASHES:
        value = getattr(identity, name)
        if value and not HEX.fullmatch(value):
            found[name] = "A SHA-256 in hex: 64 of 0-9 and a-f."
    return found


def _missing(identity: Identity) -> dict[str, str]:
    needed = {"provider": "Name the provider.", "hosted_model": "Name the provider's model."}
    return {name: words for name, words in needed.items() if not getattr(identity, name)}
