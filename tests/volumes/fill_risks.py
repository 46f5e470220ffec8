"""What fills the register of accepted risks: 100,000 of them, each of a case of its own.

All take a House of tests.volumes.house.
"""

from psycopg import sql

from incidents.models import RiskAcceptance
from tests.volumes import fill_cases


def risks(house):
    """Accepted risks, one in ten of which runs."""
    fill_cases.incidents(house)
    table = sql.Identifier("incidents_riskacceptance")
    fields = [one.column for one in RiskAcceptance._meta.concrete_fields]
    later = "p.until_at + one.place * interval '1 minute'"
    over = "one.place % 10 > 0"
    fresh = {
        "id": "gen_random_uuid()", "number": "'RA' || one.place", "incident_id": "one.id",
        "decision_id": "gen_random_uuid()", "until_at": later, "original_until": later,
        "state": f"CASE WHEN {over} THEN 'expired' ELSE p.state END",
        "ended_at": f"CASE WHEN {over} THEN p.until_at END",
        "recorded_at": f"CASE WHEN {over} THEN p.until_at END",
    }  # fmt: skip
    values = ", ".join(fresh.get(name, f"p.{name}") for name in fields)
    house.owned(
        table,
        sql.SQL(
            f"INSERT INTO {{}} ({', '.join(fields)}) SELECT {values}"
            " FROM incidents_riskacceptance p,"
            " (SELECT id, row_number() OVER (ORDER BY number) AS place FROM incidents_incident"
            " WHERE number LIKE 'INC-2025-%') AS one WHERE p.id = {}"
        ).format(table, sql.Literal(house.gallery.made.acceptance.pk)),
    )
    assert RiskAcceptance.objects.count() > 100_000
