"""The application role's rights, and the trigger that keeps entries as they are."""

from django.db import migrations

from ledger.append_only import append_only, grant_application_role, install_function


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_initial")]

    operations = [
        install_function(),
        grant_application_role(),
        append_only("ledger_entry"),
    ]
