"""Model registries of other products: connected by a person, read into a preview."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from urllib.parse import urlsplit
from uuid import UUID

import orjson
from django.db import transaction

from ledger.rules.actors import Actor
from ledger.rules.refusals import Conflict, Invalid
from ledger.rules.worded import worded
from ledger.services.entries import append_entry
from outbox.secrets import decrypt, encrypt
from registry.connectors.mlflow import Access, read_models
from registry.models import Import, ModelRegistry
from registry.rules.exchange.tables import Table
from registry.selectors.exchange import model_registry
from registry.services.access import require_anywhere
from registry.services.exchange.reading import keep_import, require_importer

NEEDED = {"none": 0, "token": 1, "basic": 2}


@transaction.atomic
def connect_registry(
    *,
    name: str,
    url: str,
    sign_in: str = ModelRegistry.SignIn.NONE,
    secrets: Sequence[str] = (),
    actor: Actor,
    at: datetime,
) -> ModelRegistry:
    """Keep where a registry is and how to sign in; the credential is encrypted, never shown again.

    `secrets` is empty, a token, or name and password. Raises Forbidden, Invalid, Conflict.
    """
    subject = ("model_registry", name, name)
    require_anywhere(act="registry.connect", actor=actor, at=at, subject=subject)
    _check(name, url, sign_in, secrets)
    if ModelRegistry.objects.filter(name=name).exists():
        raise Conflict("name_in_use", worded("There is a registry {name!r} already.", name=name))
    made: ModelRegistry = ModelRegistry(
        name=name,
        url=url,
        sign_in=sign_in,
        secrets=encrypt(secrets) if secrets else b"",
        created_at=at,
    )
    made.save(force_insert=True, at=at)
    append_entry(
        verb="model_registry.connected",
        actor=actor,
        at=at,
        subject=("model_registry", str(made.pk), name),
        after={"url": url, "sign_in": sign_in},
    )
    return made


@transaction.atomic
def change_registry(
    *, registry_id: UUID, active: bool, actor: Actor, at: datetime
) -> ModelRegistry:
    """Switch a registry off, or on again. Raises Missing, Forbidden."""
    found = model_registry(registry_id)
    subject = ("model_registry", str(found.pk), found.name)
    require_anywhere(act="registry.connect", actor=actor, at=at, subject=subject)
    before, found.active = found.active, active
    found.save(update_fields=["active"], at=at)
    append_entry(
        verb="model_registry.changed",
        actor=actor,
        at=at,
        subject=subject,
        before={"active": before},
        after={"active": active},
    )
    return found


def read_registry(*, registry_id: UUID, actor: Actor, at: datetime) -> Import:
    """Read a registry's versions into an import to look at; nothing of ours is changed.

    The network is asked outside any transaction. Raises Missing, Forbidden, Conflict, Invalid,
    TooLarge.
    """
    user, found = require_importer(actor, at), model_registry(registry_id)
    if not found.active:
        raise Conflict(
            "switched_off", worded("{found_name} is switched off.", found_name=found.name)
        )
    secrets = tuple(decrypt(bytes(found.secrets))) if found.secrets else ()
    table = read_models(Access(found.url, secrets))
    digest = _digest(found, table)
    with transaction.atomic():
        known = Import.objects.filter(sha256=digest, uploaded_by=user, state=Import.State.READ)
        return known.first() or keep_import(
            name=found.name,
            format_=Import.Format.MLFLOW,
            digest=digest,
            size=0,
            tables=[table],
            user=user,
            actor=actor,
            at=at,
        )


def _digest(found: ModelRegistry, table: Table) -> str:
    """Return a mark of what was read, so that the same reading is the same import."""
    rows = [[row.number, row.cells] for row in table.rows]
    content = orjson.dumps([str(found.pk), rows], option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(content).hexdigest()


def _check(name: str, url: str, sign_in: str, secrets: Sequence[str]) -> None:
    wrong = {}
    if not name.strip() or len(name) > 80:
        wrong["name"] = "A name of 80 characters at most."
    if not _is_address(url):
        wrong["url"] = "An address with http or https, without a name or password in it."
    if sign_in not in NEEDED or len(secrets) != NEEDED[sign_in] or not all(secrets):
        wrong["sign_in"] = "A token takes one secret, name and password two, none takes none."
    if wrong:
        raise Invalid("bad_registry", " ".join(wrong.values()), fields=wrong)


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return (
            len(url) <= 500
            and url.isprintable()
            and parts.scheme in ("http", "https")
            and bool(parts.hostname)
            and parts.username is None
            and (parts.port or 1) > 0
            and not parts.query
            and not parts.fragment
        )
    except ValueError:
        return False
