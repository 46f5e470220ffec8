"""What a search over everything reads: the words of each kind with many rows, as an index.

Each expression is the one that registry.selectors.searching.Searchable writes for the columns of
the kind's source: another one would not be served. There is no column to keep up to date.
"""

from django.db import migrations

from ledger.append_only import Grouped

PART = "to_tsvector('{}'::regconfig, translate(left({}, 20000), '-_./@+<>&', '         '))"
KINDS = {
    "search_systems": ("registry_system", ("name", "slug", "purpose")),
    "search_incidents": ("incidents_incident", ("number", "title", "summary")),
    "search_motions": ("governance_decision", ("number", "title", "reason")),
    "search_acceptances": (
        "incidents_riskacceptance",
        ("number", "title", "residual_risk", "controls"),
    ),
    "search_meetings": ("governance_meeting", ("number", "title")),
    "search_minutes": ("governance_agendaitem", ("title", "note")),
    "search_people": ("registry_user", ("name", "title")),
    "search_provisions": ("registry_provision", ("reference", "title")),
    "search_kpis": ("telemetry_kpi", ("name", "id", "explanation")),
    "search_suppliers": ("registry_supplier", ("name", "about")),
    "search_documents": ("registry_document", ("title",)),
}


def made(name):
    table, columns = KINDS[name]
    text = " || ' ' || ".join(f'"{column}"' for column in columns)
    words = " || ".join(PART.format(one, text) for one in ("simple", "english", "german"))
    return migrations.RunSQL(
        sql=f'CREATE INDEX "{name}" ON "{table}" USING gin (({words}))',
        reverse_sql=f'DROP INDEX "{name}"',
    )


class Migration(Grouped):
    """See the docstring of the module."""

    dependencies = [
        ("governance", "0025_workflow_rest"),
        ("incidents", "0020_figures"),
        ("registry", "0019_frameworks"),
        ("telemetry", "0014_answers_more"),
    ]

    operations = [made(name) for name in KINDS]
