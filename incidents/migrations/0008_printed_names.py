"""Which columns of the transitions hold a printed name."""

from ledger.append_only import Grouped, printed_names


class Migration(Grouped):
    dependencies = [("incidents", "0007_net"), ("ledger", "0008_erasing")]

    operations = [
        printed_names(
            "incidents_transition", "is:person_name:person_id", "for:role:on_behalf_of_id",
            "title:role:person_id",
        ),
    ]
