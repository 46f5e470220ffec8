"""Changes of an incident and of everything that belongs to it are noted for reconciliation."""

from ledger.append_only import Grouped, watch


class Migration(Grouped):
    dependencies = [("incidents", "0006_histories"), ("ledger", "0007_net")]

    operations = [
        watch("incidents_incident"),
        watch("incidents_transition", points=True),
        watch("incidents_participation"),
        watch("incidents_regulatoryclock", points=True),
        watch("incidents_action"),
        watch("incidents_actionreceipt", points=True),
        # While a proof runs, how it stands is computed anew with every reading.
        watch(
            "incidents_verificationwindow",
            ignored=["figures", "forecast", "judged_at"],
            quiet="OLD.outcome = 'RUNNING'",
        ),
        watch("incidents_questions", points=True),
        watch("incidents_firstassessment", points=True),
        watch("incidents_findings", points=True),
        watch("incidents_evidence", points=True),
        watch("incidents_validation", points=True),
    ]
