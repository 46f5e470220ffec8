"""A persona at the API: signed in through the sign-in page, with session and CSRF."""

import re
import uuid
from typing import Any

import httpx

from config.story.cast import PASSWORD, persona

OK = range(200, 300)
TRIES = 5
"""How often somebody reads again and tries again where another change was faster."""


class Unexpected(RuntimeError):
    """The API answered otherwise than the story needs; the message holds what it said."""


class Visitor:
    """One signed-in person. Commands send the version they saw and a key of their own."""

    def __init__(self, base_url: str, key: str) -> None:
        self.key, self.base_url = key, base_url
        self.http = httpx.Client(base_url=base_url, timeout=60, trust_env=False)
        self._sign_in(persona(key).email)
        self.id = str(self.get("/api/v1/me")["id"])

    def _sign_in(self, email: str) -> None:
        page = self.http.get("/accounts/login/")
        found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
        if found is None:
            raise Unexpected(f"the sign-in page has no form: {page.status_code}")
        form = {"login": email, "password": PASSWORD, "csrfmiddlewaretoken": found.group(1)}
        answer = self.http.post(
            "/accounts/login/", data=form, headers={"Referer": f"{self.base_url}/accounts/login/"}
        )
        if answer.status_code != httpx.codes.FOUND:
            raise Unexpected(f"{email} could not sign in: {answer.status_code}")

    def get(self, path: str) -> dict[str, Any]:
        """Return what a GET answers. Raises Unexpected."""
        return self._read(self.http.get(path))

    def send(self, path: str, body: dict[str, Any], version: int | None = None) -> httpx.Response:
        """POST and return the answer as it is, refusals too."""
        headers = self._headers()
        if version is not None:
            headers["If-Match"] = f'"{version}"'
        return self.http.post(path, json=body, headers=headers)

    def put(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """PUT what was not there and return the answer. Raises Unexpected for a refusal."""
        return self._read(self.http.put(path, json=body, headers=self._headers()))

    def _headers(self) -> dict[str, str]:
        return {
            "X-CSRFToken": self.http.cookies.get("csrftoken") or "",
            "Referer": f"{self.base_url}/",
            "Idempotency-Key": uuid.uuid4().hex,
        }

    def post(self, path: str, body: dict[str, Any], version: int | None = None) -> dict[str, Any]:
        """POST and return the answer. Raises Unexpected for a refusal."""
        return self._read(self.send(path, body, version))

    def command(self, number: str, command: str, **fields: Any) -> dict[str, Any]:
        """Give a command on an incident as it stands now. Raises Unexpected for a refusal."""
        return self._read(self.try_command(number, command, **fields))

    def try_command(self, number: str, command: str, **fields: Any) -> httpx.Response:
        """Give a command on an incident as it stands now; return the answer, whatever it is."""
        seen = f"/api/v1/incidents/{number}/"
        return self.send_as_it_stands(seen, f"{seen}commands/{command}", fields)

    def post_as_it_stands(self, seen: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """POST on the version that `seen` has now. Raises Unexpected for a refusal."""
        return self._read(self.send_as_it_stands(seen, path, body))

    def send_as_it_stands(self, seen: str, path: str, body: dict[str, Any]) -> httpx.Response:
        """POST on the version that `seen` has now, and return the answer.

        Where something else changed in between, such as by the sweep, what there is is read again
        and the act tried again, TRIES times in all, as a person would.
        """
        answer = self.send(path, body, self.get(seen)["version"])
        for _again in range(TRIES - 1):
            if not _is_stale(answer):
                break
            answer = self.send(path, body, self.get(seen)["version"])
        return answer

    def _read(self, answer: httpx.Response) -> dict[str, Any]:
        if answer.status_code not in OK:
            raise Unexpected(
                f"{self.key}: {answer.request.method} {answer.request.url.path} "
                f"answered {answer.status_code}: {answer.text[:600]}"
            )
        body: dict[str, Any] = answer.json()
        return body


def _is_stale(answer: httpx.Response) -> bool:
    if answer.status_code != httpx.codes.CONFLICT:
        return False
    return bool(answer.json().get("code") == "stale_version")
