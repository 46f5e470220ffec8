"""MLflow's model registry over its REST API (2.0): registered models and their versions.

What it says of stages and aliases is told, never taken for an approval of ours.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import httpx
import orjson

from ledger.rules.canonical import canonical
from ledger.rules.refusals import Conflict, Invalid, TooLarge
from ledger.rules.worded import as_written, joined, worded
from outbox.channels.webhook import AddressRefused, pinned
from registry.rules.exchange.tables import MOST_ROWS, Row, Table, clean

TIMEOUT = httpx.Timeout(15.0, connect=5.0)
MOST_ANSWER = 8 * 1024 * 1024
MOST_PAGES = 120
A_PAGE = 100
# Where people keep the digest of the artefact, since MLflow keeps none.
DIGEST_TAGS = ("digest", "sha256", "model_digest", "artifact_digest", "image_digest")
COLUMNS = ("system", "version", "digest", "changes", "stage", "aliases", "run", "source", "status")


@dataclass(frozen=True, slots=True)
class Access:
    """Where the registry is and how to sign in: no secret, one token, or name and password."""

    url: str
    secrets: tuple[str, ...] = field(default=(), repr=False)

    def headers(self) -> dict[str, str]:
        """Return the header that signs in."""
        if len(self.secrets) == 1:
            return {"Authorization": f"Bearer {self.secrets[0]}"}
        if len(self.secrets) == 2:
            request = httpx.Request("GET", "http://x")
            flow = httpx.BasicAuth(*self.secrets).auth_flow(request)
            return {"Authorization": next(flow).headers["Authorization"]}
        return {}


def read_models(access: Access) -> Table:
    """Return every version of every registered model as a row; nothing is written there.

    Raises Invalid (address, not signed in), Conflict (does not answer), TooLarge.
    """
    models = {
        one.get("name"): one for one in _all(access, "registered-models", "registered_models")
    }
    found = list(islice(_all(access, "model-versions", "model_versions"), MOST_ROWS + 1))
    if len(found) > MOST_ROWS:
        raise TooLarge(
            "too_many_rows", worded("It has more than {most_rows:,} versions.", most_rows=MOST_ROWS)
        )
    # The server's own order is that of the last change.
    found.sort(key=_place_of)
    rows = [
        _row(place, version, models.get(version.get("name"), {}))
        for place, version in enumerate(found, start=1)
    ]
    return Table("versions", COLUMNS, tuple(rows), ("Stages and aliases approve nothing here.",))


def _place_of(version: Mapping[str, Any]) -> tuple[str, int, str]:
    number = _text(version, "version")
    return _text(version, "name"), len(number), number


def _all(access: Access, what: str, key: str) -> Iterator[dict[str, Any]]:
    token = ""
    for _ in range(MOST_PAGES):
        page = _get(access, f"/api/2.0/mlflow/{what}/search", token)
        found = page.get(key, [])
        if not isinstance(found, list) or any(not isinstance(one, dict) for one in found):
            raise _strange()
        yield from found
        token = page.get("next_page_token") or ""
        if not token:
            return
    raise TooLarge(
        "too_many_rows",
        worded("It has more than {most_pages} pages of {what}.", most_pages=MOST_PAGES, what=what),
    )


def _get(access: Access, path: str, token: str) -> dict[str, Any]:
    """Fetch one page from the address that was checked; redirects are not followed."""
    query = {"max_results": str(A_PAGE)} | ({"page_token": token} if token else {})
    try:
        url, host = pinned(access.url.rstrip("/") + path)
        with (
            httpx.Client(timeout=TIMEOUT, follow_redirects=False, trust_env=False) as client,
            client.stream(
                "GET",
                url,
                params=query,
                headers={**access.headers(), "Host": host, "Accept": "application/json"},
                extensions={"sni_hostname": _name_of(host)},
            ) as response,
        ):
            return _page(response)
    except AddressRefused as error:
        why = error.args[0]
        told = joined("", [why, as_written(".")])
        raise Invalid("address_refused", told, fields={"url": why}) from None
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        words = worded(
            "The registry does not answer ({name}): look whether it runs.",
            name=type(error).__name__,
        )
        raise Conflict("no_answer", words) from None


def _name_of(host: str) -> str:
    return host.rpartition("]")[0].lstrip("[") if host.startswith("[") else host.partition(":")[0]


def _page(response: httpx.Response) -> dict[str, Any]:
    if response.status_code in (401, 403):
        raise Invalid("not_let_in", "The registry does not let us in: look at the credential.")
    if response.status_code != 200:
        raise Conflict(
            "no_answer",
            worded("The registry answered {status_code}.", status_code=response.status_code),
        )
    try:
        page = orjson.loads(_content(response))
    except ValueError:
        raise _strange() from None
    if not isinstance(page, dict):
        raise _strange()
    return page


def _content(response: httpx.Response) -> bytes:
    content = bytearray()
    for piece in response.iter_bytes():
        content += piece
        if len(content) > MOST_ANSWER:
            raise TooLarge("answer_too_large", "The registry's answer is larger than is read.")
    return bytes(content)


def _strange() -> Conflict:
    return Conflict("no_answer", "The answer is none of MLflow's: look at the address.")


def _row(place: int, version: Mapping[str, Any], model: Mapping[str, Any]) -> Row:
    name, number = _text(version, "name"), _text(version, "version")
    digest, note = _digest(version, name, number)
    status = _text(version, "status")
    aliases = _aliases(version, model, number)
    stage = _text(version, "current_stage").replace("None", "")
    cells = {
        "system": name,
        "version": number,
        "digest": digest,
        "changes": _words(version, model, stage, aliases),
        "stage": stage,
        "aliases": ", ".join(aliases),
        "run": _text(version, "run_id"),
        "source": _text(version, "source"),
        "status": status,
    }
    passed = ""
    if status not in ("READY", ""):
        passed = worded("not ready there ({status})", status=status.lower())
    return Row(
        place, {key: value[:5000] for key, value in cells.items()}, passed=passed, notes=note
    )


def _digest(version: Mapping[str, Any], name: str, number: str) -> tuple[str, tuple[str, ...]]:
    """Return the digest that a tag holds, else the identity of the entry in their registry."""
    tags = _pairs(version.get("tags"))
    found = next((tags[key] for key in DIGEST_TAGS if tags.get(key)), "")
    if found:
        return found[:80], ()
    what = {
        "registry": "mlflow",
        "name": name,
        "version": number,
        "run": _text(version, "run_id"),
        "source": _text(version, "source"),
        "model": _text(version, "model_id"),
    }
    hashed = hashlib.sha256(canonical(what)).hexdigest()
    note = "MLflow keeps no digest of the artefact: this one names its entry there, not the bytes."
    return f"mlflow:{hashed}", (note,)


def _aliases(version: Mapping[str, Any], model: Mapping[str, Any], number: str) -> list[str]:
    own = [str(one) for one in version.get("aliases") or [] if isinstance(one, str)]
    of_model = [one for one in model.get("aliases") or [] if isinstance(one, dict)]
    theirs = [str(one.get("alias")) for one in of_model if str(one.get("version")) == number]
    return sorted({*own, *theirs})


def _words(
    version: Mapping[str, Any], model: Mapping[str, Any], stage: str, aliases: Sequence[str]
) -> str:
    said = [_text(version, "description") or _text(model, "description")]
    facts = {"stage": stage, "aliases": ", ".join(aliases), "run": _text(version, "run_id")}
    told = "; ".join(f"{name} {value}" for name, value in facts.items() if value)
    if told:
        said.append(f"As MLflow has it: {told}.")
    return " ".join(part for part in said if part)[:5000]


def _pairs(tags: Any) -> dict[str, str]:
    rows = tags if isinstance(tags, list) else []
    return {str(one.get("key", "")).lower(): str(one.get("value", "")) for one in rows
            if isinstance(one, dict)}  # fmt: skip


def _text(of: Mapping[str, Any], key: str) -> str:
    value = of.get(key)
    return clean(str(value).replace("\x00", "")) if isinstance(value, str | int) else ""
