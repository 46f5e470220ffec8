"""Lists at 100,000 rows: motions under way and over, meetings, requests, interests, firings.

Each index serves one list in its own order, so that a page reads its rows and no others.
"""

from django.conf import settings
from django.db import migrations, models

from ledger.append_only import Grouped


class Migration(Grouped):

    dependencies = [
        ('governance', '0026_search'),
        ('incidents', '0022_lists'),
        ('registry', '0020_samples'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddIndex(
            model_name='authorityrequest',
            index=models.Index(condition=models.Q(('state__in', ['open', 'ready'])), fields=['due_at', 'id'], name='request_waits'),
        ),
        migrations.AddIndex(
            model_name='authorityrequest',
            index=models.Index(condition=models.Q(('state__in', ['open', 'ready']), _negated=True), fields=['-sent_at', 'id'], name='request_answered'),
        ),
        migrations.AddIndex(
            model_name='decision',
            index=models.Index(condition=models.Q(('state__in', ['draft', 'open'])), fields=['closes_at', 'created_at'], name='decision_under_way'),
        ),
        migrations.AddIndex(
            model_name='decision',
            index=models.Index(condition=models.Q(('state__in', ['draft', 'open']), _negated=True), fields=['-closed_at'], name='decision_over'),
        ),
        migrations.AddIndex(
            model_name='declaredinterest',
            index=models.Index(fields=['person', '-from_at'], name='interest_newest'),
        ),
        migrations.AddIndex(
            model_name='escalationfiring',
            index=models.Index(fields=['incident', 'cycle', '-fired_at', '-id'], name='firing_newest'),
        ),
        migrations.AddIndex(
            model_name='meeting',
            index=models.Index(condition=models.Q(('state__in', ['planned', 'open'])), fields=['starts_at', 'number'], name='meeting_to_come'),
        ),
        migrations.AddIndex(
            model_name='meeting',
            index=models.Index(condition=models.Q(('state__in', ['ended', 'cancelled'])), fields=['-starts_at', '-number'], name='meeting_held'),
        ),
    ]
