"""What was left of the workflow: orders that wait for a silence or for a case that is opened."""

from django.db import migrations, models

from ledger.append_only import Grouped

RULES = [
    ("instant", "A reading beyond its instant limit"),
    ("limit", "A reading that reaches a limit of this order"),
    ("boundary", "An action outside its declared scope"),
    ("silence", "Readings that do not come"),
    ("case", "A case that is opened"),
]


class Migration(Grouped):
    """See the docstring of the module."""

    dependencies = [("governance", "0024_workflow_gaps")]

    operations = [
        operation
        for model in ("standingorder", "historicalstandingorder")
        for operation in (
            migrations.AddField(model, "case_kinds", models.JSONField(default=list)),
            migrations.AddField(
                model, "least_severity", models.CharField(blank=True, max_length=10)
            ),
            migrations.AlterField(model, "rule", models.CharField(choices=RULES, max_length=10)),
        )
    ]
