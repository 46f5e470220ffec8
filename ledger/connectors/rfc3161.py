"""Time stamps of an outside authority over a checkpoint's note (RFC 3161): asked for, checked."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx
from cryptography.x509 import Certificate, load_pem_x509_certificates
from django.conf import settings

from ledger.rules.worded import word, worded

if TYPE_CHECKING:
    from rfc3161_client import TimeStampResponse

SHA256_OID = "2.16.840.1.101.3.4.2.1"
QUERY = "application/timestamp-query"
LONGEST_SECONDS = 10.0
LARGEST_BYTES = 256 * 1024


class StampRefused(Exception):
    """What came back, or what is stored, is no time stamp of this note; the reason is in words."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """A time stamp that was checked: the authority's answer in DER, and its instant."""

    token: bytes
    gen_time: datetime


def load() -> Any:
    """Return the library, imported by the first who anchors or checks: web workers do not."""
    import rfc3161_client  # noqa: PLC0415  three megabytes that only the sealer and checks need

    return rfc3161_client


def fetch_stamp(*, authority: str, note: bytes, roots: Sequence[Certificate]) -> Stamp:
    """Ask an authority (its URL) for a time stamp over the exact bytes of a note, and check it.

    Takes at most about ten seconds. Raises StampRefused, for an authority that is down too.
    """
    library = load()
    digest = library.HashAlgorithm.SHA256
    query = library.TimestampRequestBuilder(data=note, hash_algorithm=digest).build()
    token = _ask(_checked(authority), query.as_bytes())
    return Stamp(token, check_stamp(token=token, note=note, roots=roots, nonce=query.nonce))


def check_stamp(
    *, token: bytes, note: bytes, roots: Sequence[Certificate], nonce: int | None = None
) -> datetime:
    """Return the instant of a stored or received stamp over a note. Raises StampRefused.

    Without `roots` the imprint and the nonce are checked, the signature is not.
    """
    answer = _decoded(token)
    _granted(answer)
    info = answer.tst_info
    if info.message_imprint.hash_algorithm.dotted_string != SHA256_OID:
        raise StampRefused(word("the time stamp is over another digest than SHA-256"))
    if info.message_imprint.message != sha256(note).digest():
        raise StampRefused(word("the time stamp is over something else than this checkpoint"))
    if nonce is not None and info.nonce != nonce:
        raise StampRefused(word("the time stamp answers another request: its nonce is not ours"))
    if roots:
        _chained(answer, note, roots)
    return info.gen_time


def trusted_roots() -> list[Certificate]:
    """Return the certificates that authorities must answer under; none where none are set.

    Raises StampRefused for a file that is not there or holds no certificates.
    """
    if not settings.LEDGER_TSA_CA:
        return []
    try:
        return load_pem_x509_certificates(Path(settings.LEDGER_TSA_CA).read_bytes())
    except (OSError, ValueError) as error:
        raise StampRefused(
            worded("LEDGER_TSA_CA holds no certificates: {error}", error=str(error))
        ) from error


def _decoded(token: bytes) -> "TimeStampResponse":
    try:
        answer: TimeStampResponse = load().decode_timestamp_response(token)
    except ValueError as error:
        raise StampRefused(
            worded("the answer is no time stamp that can be read: {error}", error=str(error))
        ) from error
    return answer


def _granted(answer: "TimeStampResponse") -> None:
    known = load().PKIStatus
    if answer.status not in (known.GRANTED, known.GRANTED_WITH_MODS):
        words = ", ".join(answer.status_string) or f"status {answer.status}"
        raise StampRefused(worded("the authority granted no time stamp: {words}", words=words))


def _chained(answer: "TimeStampResponse", note: bytes, roots: Sequence[Certificate]) -> None:
    library = load()
    verifier = library.VerifierBuilder(roots=list(roots)).build()
    try:
        verifier.verify_message(answer, note)
    except (library.VerificationError, ValueError) as error:
        raise StampRefused(
            worded(
                "the time stamp is not signed under the certificates of LEDGER_TSA_CA: {error}",
                error=str(error),
            )
        ) from error


def _checked(authority: str) -> str:
    """Stamps carry their own signature; plain HTTP is for hosts that the settings name."""
    parts = urlsplit(authority)
    if parts.scheme == "https":
        return authority
    if parts.scheme == "http" and parts.hostname in settings.LEDGER_TSA_PLAIN_HOSTS:
        return authority
    raise StampRefused(
        word("an authority is asked by https, or its host stands in LEDGER_TSA_PLAIN_HOSTS")
    )


def _ask(url: str, query: bytes) -> bytes:
    try:
        with (
            httpx.Client(
                timeout=LONGEST_SECONDS, follow_redirects=False, trust_env=False
            ) as client,
            client.stream("POST", url, content=query, headers={"Content-Type": QUERY}) as answer,
        ):
            if answer.status_code != httpx.codes.OK:
                raise StampRefused(worded("the authority answered {code}", code=answer.status_code))
            return _read(answer)
    except httpx.HTTPError as error:
        raise StampRefused(
            worded("the authority does not answer: {error}", error=_words(error))
        ) from error


def _read(answer: httpx.Response) -> bytes:
    """Read at most so much for at most so long; a dripping answer must not hold the sweep."""
    until = time.monotonic() + LONGEST_SECONDS
    body = b""
    for part in answer.iter_raw():
        body += part
        if len(body) > LARGEST_BYTES:
            raise StampRefused(worded("the answer is larger than {most} bytes", most=LARGEST_BYTES))
        if time.monotonic() > until:
            raise StampRefused(
                worded(
                    "the answer took longer than {seconds} seconds",
                    seconds=f"{LONGEST_SECONDS:.0f}",
                )
            )
    return body


def _words(error: httpx.HTTPError) -> str:
    return f"{type(error).__name__} {error}".strip()
