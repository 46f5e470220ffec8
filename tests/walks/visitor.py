"""Who stands at the door: a person signed in through the page, a machine with its token."""

import json
import re
import uuid

from django.test import Client

from tests.walks.stage import PASSWORD

API = "/api/v1"


class Machine:
    """A machine with the system's token."""

    def __init__(self, token):
        self.client = Client(headers={"authorization": f"Token {token}"})

    def send(self, path, body):
        """POST, and return the answer whatever it is."""
        data = body if isinstance(body, bytes | str) else json.dumps(body)
        return self.client.post(API + path, data, content_type="application/json")

    def measure(self, rows, **more):
        """Send measurements, which must be taken; returns what became of them."""
        return answered(self.send("/measurements", {"measurements": rows, **more}))


class Person:
    """A signed-in person. Commands send the version seen, and a key of their own."""

    def __init__(self, stage, key):
        self.user = stage.people[key]
        self.client = Client(enforce_csrf_checks=True)
        page = self.client.get("/accounts/login/").content.decode()
        form = {
            "login": self.user.email,
            "password": PASSWORD,
            "csrfmiddlewaretoken": re.search(r'csrfmiddlewaretoken" value="(\w+)"', page).group(1),
        }
        assert self.client.post("/accounts/login/", form).status_code == 302

    def get(self, path):
        """Return what a GET answers."""
        return answered(self.client.get(API + path))

    def send(self, path, body, *, version=None, method="post", key=True):
        """Send a body, and return the answer whatever it is."""
        headers = {"X-CSRFToken": self.client.cookies["csrftoken"].value}
        if key:
            headers["Idempotency-Key"] = uuid.uuid4().hex
        if version is not None:
            headers["If-Match"] = f'"{version}"'
        return getattr(self.client, method)(
            API + path, json.dumps(body), content_type="application/json", headers=headers
        )

    def post(self, path, body, *, version=None):
        """Send a body, which must be taken; returns the answer."""
        return answered(self.send(path, body, version=version))

    def incident(self, number):
        """Return an incident as this person sees it."""
        return self.get(f"/incidents/{number}/")

    def command(self, number, command, **fields):
        """Give a command, which must be carried out."""
        return answered(self.try_command(number, command, **fields))

    def try_command(self, number, command, **fields):
        """Give a command on the incident as it stands, and return the answer whatever it is."""
        version = self.incident(number)["version"]
        return self.send(f"/incidents/{number}/commands/{command}", fields, version=version)


class House:
    """Everybody on a stage, each signed in when first needed."""

    def __init__(self, stage):
        self.stage, self.signed_in = stage, {}

    def __getitem__(self, key):
        if key not in self.signed_in:
            self.signed_in[key] = Person(self.stage, key)
        return self.signed_in[key]

    def __getattr__(self, key):
        return self[key]


def answered(answer):
    """Return the body of an answer that must be a yes."""
    assert answer.status_code in range(200, 300), (
        f"{answer.request['REQUEST_METHOD']} {answer.request['PATH_INFO']} answered "
        f"{answer.status_code}: {answer.content.decode()[:800]}"
    )
    return answer.json()


def refused(answer, status, code, words=""):
    """Assert that an answer is a problem document with this status, code and words; returns it."""
    told = answer.content.decode()[:800]
    assert answer.status_code == status, told
    assert answer["content-type"].startswith("application/problem+json"), told
    body = answer.json()
    assert (body["code"], body["status"]) == (code, status), told
    assert words in body["detail"], told
    return body
