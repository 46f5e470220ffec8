"""Sending OTLP in tests: with a token, as protobuf or as JSON; and reading what comes back."""

import base64
import datetime as dt

from outbox import clock
from tests.registry import factories as registry

TRACES = "/api/v1/otlp/v1/traces"
METRICS = "/api/v1/otlp/v1/metrics"
PROTOBUF = "application/x-protobuf"
SCOPES = ("decisions:write", "measurements:write")
IDS = {"traceId", "spanId", "parentSpanId"}


def token(systems, *, scopes=SCOPES):
    """The plaintext of a token that may write to systems."""
    now = clock.now()
    _, plaintext = registry.token(
        scopes=scopes, systems=systems, at=now, expires_at=now + dt.timedelta(1)
    )
    return plaintext


def sender(client, path, systems, *, scopes=SCOPES):
    """Return a function that posts a message or bytes with a token for these systems."""
    plaintext = token(systems, scopes=scopes)

    def send(body, *, content_type=PROTOBUF, **headers):
        data = body if isinstance(body, bytes) else body.SerializeToString()
        return client.post(
            path,
            data,
            content_type=content_type,
            headers={"authorization": f"Token {plaintext}"},
            **headers,
        )

    return send


def status_of(answer):
    """The code and the message of a google.rpc.Status in protobuf."""
    body = answer.content
    assert body[0] == 0x08
    code, at = body[1], 3
    length = shift = 0
    while True:
        length |= (body[at] & 0x7F) << shift
        shift, at = shift + 7, at + 1
        if body[at - 1] < 0x80:
            return code, body[at : at + length].decode()


def hex_ids(told):
    """Turn the ids of a JSON made by protobuf's own rules into hex, as OTLP writes them."""
    if isinstance(told, list):
        return [hex_ids(one) for one in told]
    if not isinstance(told, dict):
        return told
    return {
        name: base64.b64decode(value).hex() if name in IDS else hex_ids(value)
        for name, value in told.items()
    }
