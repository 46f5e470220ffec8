"""The application role's rights, and the trigger that keeps entries as they are."""

from ledger.append_only import Grouped, append_only, grant_application_role, install_function


class Migration(Grouped):
    dependencies = [("ledger", "0001_initial")]

    operations = [
        install_function(),
        grant_application_role(),
        append_only("ledger_entry"),
    ]
