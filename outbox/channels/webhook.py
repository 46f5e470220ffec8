"""Webhooks, signed in the Standard Webhooks form, and never to an address inside by accident."""

import ipaddress
import socket
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import httpx
import orjson
from django.conf import settings
from standardwebhooks.webhooks import Webhook

from ledger.rules.worded import worded
from outbox.channels.outcome import Outcome
from outbox.models import Message

TIMEOUT = httpx.Timeout(10.0, connect=5.0)
GONE = 410
LEASE = timedelta(seconds=60)
# IPv4-compatible, NAT64 and its local form: their last 32 bits are an IPv4 address.
WRAPPING = [ipaddress.ip_network(one) for one in ("::/96", "64:ff9b::/96", "64:ff9b:1::/48")]


class AddressRefused(Exception):
    """The host resolves to an address that webhooks may not reach."""


def send(message: Message) -> Outcome:
    """Post the payload; 2xx means received, 410 or a refusal in words stops for good.

    Redirects are not followed.
    """
    if message.endpoint is None or not message.endpoint.active:
        return Outcome(ok=False, permanent=True, response="the address is switched off")
    body = orjson.dumps(message.payload)
    try:
        response = post(message.endpoint.url, body, _headers(message, body))
    except (AddressRefused, httpx.HTTPError) as error:
        return Outcome(ok=False, response=f"{type(error).__name__}: {error}"[:500])
    return Outcome(
        ok=response.is_success,
        status=response.status_code,
        response=response.text[:500],
        permanent=response.status_code == GONE or _refuses(response),
    )


def _refuses(response: httpx.Response) -> bool:
    """Whether a receiver says in so many words that it will not: {"refused": reason}, with 4xx."""
    if not 400 <= response.status_code < 500:
        return False
    try:
        told = orjson.loads(response.content[:2000])
    except orjson.JSONDecodeError:
        return False
    return isinstance(told, dict) and bool(told.get("refused"))


def post(address: str, body: bytes, headers: dict[str, str]) -> httpx.Response:
    """Post to an address outside, looked up once. Raises AddressRefused, httpx.HTTPError."""
    url, host = pinned(address)
    with httpx.Client(timeout=TIMEOUT, follow_redirects=False, trust_env=False) as client:
        return client.post(
            url,
            content=body,
            headers={**headers, "Host": host},
            extensions={"sni_hostname": host.partition(":")[0]},
        )


def _headers(message: Message, body: bytes) -> dict[str, str]:
    at = sent_at(message)
    secrets = message.endpoint.newest_secrets(2) if message.endpoint else []
    signatures = [Webhook(secret).sign(str(message.pk), at, body.decode()) for secret in secrets]
    return {
        "Content-Type": "application/json",
        "User-Agent": "Countersign",
        "webhook-id": str(message.pk),
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(signatures),
    }


def sent_at(message: Message) -> datetime:
    """Return the instant that the signature carries: when this attempt took its lease."""
    if message.leased_until is None:
        return message.created_at
    return message.leased_until - LEASE


def pinned(url: str) -> tuple[str, str]:
    """Resolve the host once, refuse addresses inside, and return the URL by address.

    Connecting to the address that was checked leaves no second look-up to rebind.
    Raises AddressRefused.
    """
    try:
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError as error:
        raise AddressRefused(worded("this is no address: {error}", error=str(error))) from error
    if parts.scheme not in ("http", "https") or not parts.hostname:
        scheme = parts.scheme or "no scheme"
        raise AddressRefused(worded("{scheme} is no way for a webhook", scheme=scheme))
    address = _resolve(parts.hostname, port)
    literal = f"[{address}]" if address.version == 6 else str(address)
    rebuilt = parts._replace(netloc=f"{literal}:{port}").geturl()
    return rebuilt, parts.netloc.rpartition("@")[2]


def _resolve(host: str, port: int) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        words = worded("{host} does not resolve: {error}", host=host, error=str(error))
        raise AddressRefused(words) from error
    addresses = [ipaddress.ip_address(item[4][0]) for item in found]
    if host not in settings.WEBHOOK_PRIVATE_HOSTS:
        for address in addresses:
            if is_inside(address):
                words = worded(
                    "{host} resolves to {address}, which is inside", host=host, address=address
                )
                raise AddressRefused(words)
    return addresses[0]


def is_inside(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """Whether an address is not out on the internet, or is another way to write one that is not.

    IPv6 holds IPv4 in several forms (mapped, compatible, 6to4, NAT64), which gateways unwrap.
    """
    if isinstance(address, ipaddress.IPv4Address):
        return not address.is_global or address.is_multicast
    held = address.sixtofour or _last_part(address)
    if held is not None and is_inside(held):
        return True
    return not address.is_global or address.is_multicast or address.is_site_local


def _last_part(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """Return the IPv4 address at the end of an IPv6 one that only wraps it, None for others."""
    if any(address in network for network in WRAPPING):
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return None
