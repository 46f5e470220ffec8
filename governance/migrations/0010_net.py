"""Changes of rules, standings and decisions are noted for reconciliation."""

from ledger.append_only import Grouped, watch


class Migration(Grouped):
    dependencies = [("governance", "0009_histories"), ("ledger", "0007_net")]

    operations = [
        watch("governance_committee"),
        watch("governance_seat"),
        watch("governance_decision"),
        watch("governance_motionaction"),
        watch("governance_electorseat"),
        watch("governance_recusal"),
        watch("governance_ballot", points=True),
        watch("governance_resolution", key="decision_id", points=True),
        watch("governance_policy"),
        watch("governance_escalationfiring", points=True),
        watch("governance_stepacknowledgement"),
        watch("governance_threshold"),
        watch("governance_thresholdversion"),
        watch("governance_standing", ignored=["window_end", "version"]),
        watch("governance_breachcause"),
        watch("governance_watch"),
        watch("governance_hold"),
    ]
