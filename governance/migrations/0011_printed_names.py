"""Which columns of firings and recusals hold a printed name."""

from django.db import migrations

from ledger.append_only import printed_names


class Migration(migrations.Migration):
    dependencies = [("governance", "0010_net"), ("ledger", "0008_erasing")]

    operations = [
        printed_names("governance_escalationfiring", "list:recipients:recipients"),
        printed_names("governance_recusal", "text:reason:person_id"),
    ]
