"""GOV-4: what the product sends out never goes to an address inside, however it is written.

Every outgoing door is tried: webhooks, a model registry, an authority for time stamps. Which
addresses a caller may set at all is held by the API's own description.
"""

import socket

import httpx
import pytest

from ledger.connectors.rfc3161 import StampRefused, fetch_stamp
from ledger.rules.refusals import Invalid
from outbox.channels import webhook
from outbox.channels.webhook import AddressRefused, pinned
from registry.connectors.mlflow import Access, read_models
from telemetry.connectors.asking import NoAnswer, ask
from tests.faults.climbing import operations, properties_of

INSIDE = {
    "loopback": "http://127.0.0.1/",
    "another loopback": "http://127.8.9.10:8080/",
    "short": "http://127.1/",
    "zero": "http://0/",
    "decimal": "http://2130706433/",
    "octal": "http://0177.0.0.1/",
    "hexadecimal": "http://0x7f.0x0.0x0.0x1/",
    "hexadecimal in one": "http://0x7f000001/",
    "any": "http://0.0.0.0:5432/",
    "private": "http://192.168.0.10/",
    "shared": "http://100.64.0.1/",
    "link-local": "http://169.254.0.3/",
    "metadata": "http://169.254.169.254/latest/meta-data/",
    "metadata in decimal": "http://2852039166/latest/meta-data/",
    "broadcast": "http://255.255.255.255/",
    "multicast": "http://224.0.0.1/",
    "v6 loopback": "http://[::1]/",
    "v6 any": "http://[::]/",
    "v6 private": "http://[fd00:ec2::254]/",
    "v6 site-local": "http://[fec0::1]/",
    "v6 link-local": "http://[fe80::1]/",
    "v6 multicast": "http://[ff02::1]/",
    "mapped": "http://[::ffff:127.0.0.1]/",
    "mapped in hexadecimal": "http://[::ffff:a9fe:a9fe]/",
    "compatible": "http://[::127.0.0.1]/",
    "NAT64": "http://[64:ff9b::7f00:1]/",
    "NAT64 of metadata": "http://[64:ff9b::169.254.169.254]/",
    "local NAT64": "http://[64:ff9b:1::10.0.0.1]/",
    "6to4": "http://[2002:7f00:1::]/",
    "6to4 of a private one": "http://[2002:c0a8:1::1]/",
    "teredo": "http://[2001:0:7f00:1::]/",
    "behind a name": "http://outside.example@127.0.0.1/",
    "wide digits": "http://１２７.0.0.1/",
    "file": "file:///etc/passwd",
    "gopher": "gopher://127.0.0.1:6379/_FLUSHALL",
    "dict": "dict://127.0.0.1:11211/stat",
    "ftp": "ftp://outside.example/",
    "data": "data:text/plain,x",
    "no host": "http:///etc/passwd",
    "no scheme": "//127.0.0.1/",
    "no port": "http://outside.example:99999/",
    "half a bracket": "http://[::1",
    "a label that is too long": f"http://{'a' * 70}.example/",
    "an empty label": "http://outside..example/",
}
# Names that anybody can register, and what they answer.
NAMES = {
    "127.0.0.1.nip.example": ["127.0.0.1"],
    "half.example": ["93.184.216.34", "10.0.0.7"],
    "six.example": ["93.184.216.34", "64:ff9b::a00:1"],
    "metadata.example": ["169.254.169.254"],
}
# Where a caller says an address that we ask ourselves. Whatever joins them is checked here first;
# a probe is asked as a connector is.
ASKED_BY_US = {
    "systems_probe_set": {"url"},
    "model_registries_connect": {"url"},
    "connectors_define": {"url"},
    "connectors_change": {"url"},
}


@pytest.fixture(autouse=True)
def no_host_is_excused(settings, monkeypatch):
    """As in production; and should an address pass, nothing leaves the machine."""
    settings.WEBHOOK_PRIVATE_HOSTS = []
    settings.LEDGER_TSA_PLAIN_HOSTS = []
    monkeypatch.setattr(httpx.HTTPTransport, "handle_request", _left)


def _left(transport, request):
    raise AssertionError(f"a request left for {request.url}")


def answers(monkeypatch, *rounds):
    """Let each look-up answer the next of these lists of addresses."""
    waiting = iter(rounds)

    def look_up(host, port, *_arguments, **_named):
        return [
            (socket.AF_INET6 if ":" in one else socket.AF_INET, 1, 6, "", (one, port))
            for one in next(waiting)
        ]

    monkeypatch.setattr(webhook.socket, "getaddrinfo", look_up)


@pytest.mark.parametrize("how", INSIDE)
def test_a_webhook_goes_to_no_address_inside(how):
    with pytest.raises(AddressRefused):
        pinned(INSIDE[how])


@pytest.mark.parametrize("how", INSIDE)
def test_a_model_registry_is_asked_at_no_address_inside(how):
    with pytest.raises(Invalid):
        read_models(Access(INSIDE[how].rstrip("/"), ("a-secret",)))


@pytest.mark.parametrize("how", INSIDE)
def test_a_connector_asks_at_no_address_inside(how):
    with pytest.raises(NoAnswer, match="refused|no address|does not answer"):
        ask(Access(INSIDE[how], ("a-secret",)), "/api/v1/query")


@pytest.mark.parametrize("name", NAMES)
def test_a_name_that_answers_an_address_inside_is_refused(monkeypatch, name):
    answers(monkeypatch, NAMES[name])

    with pytest.raises(AddressRefused):
        pinned(f"https://{name}/")


def test_a_second_look_up_that_turns_inside_is_never_made(monkeypatch):
    answers(monkeypatch, ["93.184.216.34"], ["127.0.0.1"])
    gone_to = []

    def noted(transport, request):
        gone_to.append((request.url.host, request.headers["host"]))
        return httpx.Response(302, headers={"location": "http://169.254.169.254/"})

    monkeypatch.setattr(httpx.HTTPTransport, "handle_request", noted)

    answer = webhook.post("http://rebinds.example/in", b"{}", {})

    assert answer.status_code == 302
    assert gone_to == [("93.184.216.34", "rebinds.example")]


def test_a_name_and_password_in_an_address_are_not_sent():
    url, host = pinned("http://user:secret@93.184.216.34/in")

    assert "secret" not in url
    assert host == "93.184.216.34"


@pytest.mark.parametrize(
    "authority",
    ["http://127.0.0.1/tsa", "file:///etc/passwd", "gopher://127.0.0.1/", "//127.0.0.1/", ""],
)
def test_an_authority_is_asked_by_https_alone(authority):
    with pytest.raises(StampRefused):
        fetch_stamp(authority=authority, note=b"note", roots=[])


def test_no_other_door_takes_an_address_that_we_ask():
    found = {}

    for _method, _path, operation in operations("post", "put", "patch"):
        named = {name for name in properties_of(operation) if is_address(name)}
        if named:
            found[operation["operationId"]] = named

    # A ticket's link is shown to people, and nothing of ours asks it.
    assert found == ASKED_BY_US | {"ticket_notes_send": {"url"}}


def is_address(name):
    """Whether a field's name says that it holds an address of the network."""
    words = name.lower().split("_")
    return bool({"url", "uri", "callback", "webhook", "endpoint", "issuer", "host"} & set(words))
