"""The index by which the auditor's room reads the answered questions, the next one due first."""

from django.db import migrations, models

from ledger.append_only import Grouped


class Migration(Grouped):
    dependencies = [("reports", "0015_lists")]

    operations = [
        migrations.AddIndex(
            "auditquestion",
            models.Index(
                fields=["due_at", "id"],
                name="audit_question_answered",
                condition=models.Q(state="answered"),
            ),
        ),
    ]
