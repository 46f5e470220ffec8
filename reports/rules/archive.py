"""The archive of a whole organisation: its form, what is left out of it and why. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter
from typing import Any

import msgspec

from ledger.rules.worded import as_text, worded

FORMAT = 1
MANIFEST = "manifest.json"
NOTE = "manifest.note"
LEDGER = "ledger.zip"
README = "README.txt"
# Tables that are not carried over at all.
LEFT_OUT: Mapping[str, str] = {
    "django_migrations": "the migrations of the database that is restored into",
    "django_session": "open sessions: everybody signs in anew",
    "usersessions_usersession": "open sessions: everybody signs in anew",
    "axes_accessattempt": "counters against guessing, with addresses",
    "axes_accessattemptexpiration": "counters against guessing, with addresses",
    "axes_accessfailurelog": "counters against guessing, with addresses",
    "axes_accesslog": "counters against guessing, with addresses",
    "outbox_reply": "answers kept for a day, so that a repeated request gets the same",
    "reports_printout": "lists on paper of the last day, made anew on demand",
    "registry_organisationexport": "archives of the installation that wrote this one",
    "registry_importrow": "rows of imports that are looked at: upload the file again",
    "ledger_rowchange": "settled before the export; the restore settles its own by an epoch",
    "knox_authtoken": "not used: tokens are registry_servicetoken",
    "account_emailconfirmation": "links in mails: asked for anew",
}
# Tables that hold nothing but means of signing in; carried over on demand only.
CREDENTIAL_TABLES: Mapping[str, str] = {
    "mfa_authenticator": "second factors and passkeys: set up anew",
    "socialaccount_socialtoken": "tokens of identity providers: asked for anew",
    "allauth_idp_oidc_token": "tokens that were issued here",
    "allauth_idp_oidc_client": "clients with their secrets",
}
# Columns that open a door: with which SQL they are replaced unless credentials are carried over.
# A token's digest is its key, so it is hashed once more: it opens nothing and stays one of a kind.
VOID = "'void:' || encode(sha256({column}::bytea), 'hex')"
CREDENTIAL_COLUMNS: Mapping[str, Mapping[str, str]] = {
    "registry_user": {"password": "'!restored'"},
    "registry_servicetoken": {"digest": VOID.format(column="digest")},
    "registry_servicetoken_systems": {"servicetoken_id": VOID.format(column="servicetoken_id")},
    "outbox_webhookendpoint": {"secrets": "''::bytea"},
    "outbox_message": {"sealed_address": "NULL::bytea"},
    "registry_noticepreference": {"secrets": "''::bytea"},
    "registry_modelregistry": {"secrets": "''::bytea"},
    "telemetry_connector": {"secrets": "''::bytea"},
    "incidents_probeendpoint": {"secrets": "''::bytea"},
    "socialaccount_socialapp": {"secret": "''", "key": "''"},
}
# Filled by every migration: replaced by those of the archive.
REPLACED = ("django_content_type", "auth_permission")
# Folders of the files that are made anew, or belong to the installation alone.
NOT_CARRIED = ("printouts", "organisation", "building")


class TableRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One table of the archive: its file, columns, rows, and the digest of the lines."""

    name: str
    file: str
    columns: list[str]
    blanked: list[str]
    rows: int
    sha256: str


class FileRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One stored file: its path below the files' folder, its bytes and digest."""

    path: str
    size: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What the archive holds; signed by the log beside its checkpoint."""

    format: int
    generator: str
    organisation: str
    label: str
    made_at: str
    credentials: bool
    origin: str
    checkpoint_size: int
    checkpoint: str
    keys: list[str]
    migrations: dict[str, list[str]]
    tables: list[TableRecord]
    left_out: dict[str, str]
    sequences: dict[str, int]
    partitions: list[list[str]]
    files: list[FileRecord]
    ledger_sha256: str

    def encoded(self) -> bytes:
        """Return the bytes that are hashed and signed."""
        return msgspec.json.format(msgspec.json.encode(self, enc_hook=as_text), indent=1) + b"\n"


def in_order(needs: Mapping[str, Iterable[str]]) -> list[str]:
    """Return the tables so that each stands behind those that it refers to; by name otherwise.

    A circle, which the deferred foreign keys allow, is cut where it is found.
    """
    graph = {name: set(others) - {name} for name, others in needs.items()}
    while True:
        sorter = TopologicalSorter({name: sorted(graph[name]) for name in sorted(graph)})
        try:
            return [name for name in sorter.static_order() if name in graph]
        except CycleError as error:
            circle: Sequence[str] = error.args[1]
            graph[circle[1]].discard(circle[0])


def left_out(tables: Iterable[str], *, credentials: bool) -> dict[str, str]:
    """Return which of these tables an archive lacks, and why."""
    reasons = dict(LEFT_OUT) | ({} if credentials else dict(CREDENTIAL_TABLES))
    return {name: reasons[name] for name in sorted(tables) if name in reasons}


def carries(path: str) -> bool:
    """Whether a file below the files' folder belongs into an archive."""
    parts = path.split("/")
    return parts[0] not in NOT_CARRIED and not any(part.startswith(".") for part in parts)


def faults(manifest: Manifest, present: Mapping[str, Any]) -> list[str]:
    """Return why an archive does not fit this installation, in words; empty where it fits.

    `present` is 'migrations' {app: [names]} and 'tables' {name: columns}.
    """
    found = []
    if manifest.format != FORMAT:
        found.append(
            worded(
                "It is of format {format}; this version reads format {format_2}.",
                format=manifest.format,
                format_2=FORMAT,
            )
        )
    here = present["migrations"]
    apps = sorted(app for app in {*manifest.migrations, *here}
                  if manifest.migrations.get(app) != here.get(app))  # fmt: skip
    if apps:
        found.append(
            worded(
                "Its migrations differ in {apps}: install the version that wrote "
                "it ({generator}), restore there, then upgrade.",
                apps=", ".join(apps),
                generator=manifest.generator,
            )
        )
    for table in manifest.tables:
        lacking = sorted(set(table.columns) - set(present["tables"].get(table.name, ())))
        if lacking:
            found.append(
                worded(
                    "{table_name} has no {lacking} here.",
                    table_name=table.name,
                    lacking=", ".join(lacking),
                )
            )
    return found
