"""An authenticator in software: real key pairs, real signatures, attestation 'none' (WebAuthn)."""

import base64
import hashlib
import json
import os
import struct

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

ORIGIN, RP = "https://testserver", "testserver"
PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


def text(raw):
    """Return bytes as browsers send them."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def raw(sent):
    """Return the bytes of what a server sent."""
    return base64.urlsafe_b64decode(sent + "=" * (-len(sent) % 4))


class Authenticator:
    """A device that holds one passkey. `verifies`: it asks for a finger, a face or a PIN."""

    def __init__(self, *, verifies=True, origin=ORIGIN):
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.id = os.urandom(32)
        self.verifies, self.origin, self.count, self.owner = verifies, origin, 0, None

    def create(self, options):
        """Answer `navigator.credentials.create` as JSON."""
        asked = options["publicKey"]
        self.owner = raw(asked["user"]["id"])
        said = self._said("webauthn.create", asked["challenge"])
        attested = bytes(16) + struct.pack(">H", len(self.id)) + self.id + self._cose()
        data = self._data(ATTESTED) + attested
        response = {
            "clientDataJSON": text(said),
            "attestationObject": text(
                b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData" + _bytes(data)
            ),
        }
        return self._credential(response, rk=True)

    def get(self, options):
        """Answer `navigator.credentials.get` as JSON."""
        said = self._said("webauthn.get", options["publicKey"]["challenge"])
        data = self._data(0)
        signature = self.key.sign(data + hashlib.sha256(said).digest(), ec.ECDSA(hashes.SHA256()))
        response = {
            "clientDataJSON": text(said),
            "authenticatorData": text(data),
            "signature": text(signature),
            "userHandle": text(self.owner),
        }
        return self._credential(response)

    def _credential(self, response, **properties):
        return json.dumps(
            {
                "id": text(self.id),
                "rawId": text(self.id),
                "type": "public-key",
                "response": response,
                "clientExtensionResults": {"credProps": properties},
            }
        )

    def _said(self, kind, challenge):
        return json.dumps(
            {"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": False}
        ).encode()

    def _data(self, flags):
        self.count += 1
        flags |= PRESENT | (VERIFIED if self.verifies else 0)
        return hashlib.sha256(RP.encode()).digest() + struct.pack(">BI", flags, self.count)

    def _cose(self):
        numbers = self.key.public_key().public_numbers()
        return (
            b"\xa5\x01\x02\x03\x26\x20\x01\x21"
            + _bytes(numbers.x.to_bytes(32, "big"))
            + b"\x22"
            + _bytes(numbers.y.to_bytes(32, "big"))
        )


def _bytes(data):
    """Return a CBOR byte string."""
    if len(data) < 24:
        return bytes([0x40 + len(data)]) + data
    if len(data) < 256:
        return b"\x58" + bytes([len(data)]) + data
    return b"\x59" + struct.pack(">H", len(data)) + data
