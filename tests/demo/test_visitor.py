"""The demo's player acts as a person does whose page was overtaken: it reads again, then acts."""

import httpx
import pytest

from config.story.visitor import TRIES, Unexpected, Visitor

CASE = "/api/v1/incidents/INC-2026-0001/"


class Product:
    """A case that something else changes so often before the next act is taken."""

    def __init__(self, *, overtaken=0, refusal="stale_version"):
        self.version, self.overtaken, self.refusal = 7, overtaken, refusal
        self.acts, self.keys = [], []

    def __call__(self, request):
        """Answer as the product does."""
        if request.method == "GET":
            return httpx.Response(200, json={"version": self.version})
        self.acts.append(request.headers["If-Match"])
        self.keys.append(request.headers["Idempotency-Key"])
        if self.overtaken:
            self.overtaken -= 1
            self.version += 1
            return httpx.Response(409, json={"code": self.refusal})
        return httpx.Response(200, json={"state": "CLOSED"})


def lena(product):
    """Somebody who is signed in at it."""
    found = Visitor.__new__(Visitor)
    found.key, found.base_url = "lena", "http://demo"
    found.http = httpx.Client(base_url="http://demo", transport=httpx.MockTransport(product))
    return found


def test_a_close_that_was_overtaken_reads_again_and_closes():
    product = Product(overtaken=2)

    done = lena(product).command("INC-2026-0001", "close", lessons="test by age")

    assert done == {"state": "CLOSED"}
    assert product.acts == ['"7"', '"8"', '"9"']


def test_each_try_has_a_key_of_its_own():
    product = Product(overtaken=1)

    lena(product).command("INC-2026-0001", "close")

    assert len(set(product.keys)) == 2


def test_who_is_overtaken_every_time_gives_up():
    product = Product(overtaken=TRIES)

    with pytest.raises(Unexpected, match="stale_version"):
        lena(product).command("INC-2026-0001", "close")

    assert len(product.acts) == TRIES


def test_another_refusal_is_not_tried_again():
    product = Product(overtaken=1, refusal="state_does_not_allow")

    with pytest.raises(Unexpected, match="state_does_not_allow"):
        lena(product).command("INC-2026-0001", "close")

    assert product.acts == ['"7"']


def test_a_refusal_that_is_looked_for_is_returned_as_it_is():
    product = Product(overtaken=1, refusal="not_separate")

    answer = lena(product).try_command("INC-2026-0001", "validate")

    assert (answer.status_code, answer.json()["code"]) == (409, "not_separate")


def test_a_round_is_convened_as_the_motion_stands():
    product = Product(overtaken=1)
    motion = "/api/v1/motions/2026-01"

    lena(product).post_as_it_stands(f"{motion}/", f"{motion}/convene", {})

    assert product.acts == ['"7"', '"8"']
