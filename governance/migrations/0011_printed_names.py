"""Which columns of firings and recusals hold a printed name."""

from ledger.append_only import Grouped, printed_names


class Migration(Grouped):
    dependencies = [("governance", "0010_net"), ("ledger", "0008_erasing")]

    operations = [
        printed_names("governance_escalationfiring", "list:recipients:recipients"),
        printed_names("governance_recusal", "text:reason:person_id"),
    ]
