"""`manage.py load_reference`: the law and the KPI catalogue, from the project's own files."""

from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import orjson
from django.core.management.base import BaseCommand, CommandError

from governance.selectors.law_updates import Update, update_for
from ledger.context import acting_as
from ledger.rules.actors import machine
from ledger.rules.refusals import Refused
from outbox import clock
from registry.services.reference import LoadedAll, documents_in, load_reference
from registry.services.reference.tables import Document
from telemetry.services.catalogue import load_catalogue


class Command(BaseCommand):
    """Load reference data; again and again with the same end.

    Example: `manage.py load_reference --plan`
    """

    help = (
        "Load the law and the KPI catalogue as data. Example: manage.py load_reference --plan, "
        "which shows what would change for whom and changes nothing."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the form of the answer, and whether anything shall change."""
        parser.add_argument("--json", action="store_true", help="answer as one JSON line")
        parser.add_argument("--plan", action="store_true", help="only show what would change")
        parser.add_argument("--from", dest="folder", help="files of this folder, not our own")

    def handle(self, *args: Any, **options: Any) -> None:
        """Load it, or show what it would change."""
        at = clock.now()
        try:
            documents = documents_in(Path(options["folder"])) if options["folder"] else None
            if options["plan"]:
                told = _planned(update_for(user=None, at=at, documents=documents))
            else:
                told = self._load(documents, at)
        except Refused as refused:
            raise CommandError(refused.reason) from refused
        if options["json"]:
            self.stdout.write(orjson.dumps(told).decode())
            return
        self.stdout.write(_in_words(told))

    def _load(self, documents: Sequence[Document] | None, at: Any) -> dict[str, Any]:
        actor = machine("load_reference", kind="command", channel="command")
        with acting_as(actor):
            loaded = load_reference(actor=actor, at=at, documents=documents)
            kpis = load_catalogue(actor=actor, at=at)
        return _loaded(loaded) | {"kpis_changed": kpis}


def _loaded(loaded: LoadedAll) -> dict[str, Any]:
    return {
        "releases": {one.name: one.version for one in loaded.files},
        "added": list(loaded.added),
        "changed": list(loaded.changed),
        "superseded": list(loaded.superseded),
        "reopened": list(loaded.reopened),
    }


def _planned(update: Update) -> dict[str, Any]:
    plan = update.plan
    return {
        "releases": {one.name: one.version for one in plan.pending},
        "added": [row.id for one in plan.files for row in one.added],
        "changed": {
            row.id: {name: [str(was), str(row.becomes[name])] for name, was in row.was.items()}
            for one in plan.files
            for row in one.changed
        },
        "superseded": [row.id for one in plan.files for row in one.superseded],
        "systems": [
            {
                "system": one.system.slug,
                "owner": one.system.owner.name,
                "appears": [each.provision.id for each in one.appears],
                "vanishes": [each.provision.id for each in one.vanishes],
                "moves": [each.after.provision.id for each in one.moves],
                "rewords": [each.provision.id for each in one.rewords],
                "reopens": one.reopens,
            }
            for one in plan.touched
        ],
        "clocks": [{"rule": one.rule_id, "incident": one.incident.number} for one in update.clocks],
    }


def _in_words(told: dict[str, Any]) -> str:
    releases = ", ".join(f"{name} {version}" for name, version in told["releases"].items())
    counts = (
        f"{len(told['added'])} added, {len(told['changed'])} changed, "
        f"{len(told['superseded'])} superseded"
    )
    lines = [f"{releases or 'nothing to load'}: {counts}"]
    for one in told.get("systems", ()):
        parts = [
            f"{key} {', '.join(one[key])}"
            for key in ("appears", "vanishes", "moves", "rewords")
            if one[key]
        ]
        parts += ["classification opened again"] if one["reopens"] else []
        lines.append(f"  {one['system']} ({one['owner']}): {'; '.join(parts)}")
    lines += [f"  clock of {one['incident']} by {one['rule']}" for one in told.get("clocks", ())]
    if "kpis_changed" in told:
        lines.append(f"{told['kpis_changed']} KPIs changed")
    return "\n".join(lines)
