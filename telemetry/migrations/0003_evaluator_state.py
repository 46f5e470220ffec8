"""What the evaluator keeps beside the latest reading, and room on the page for its updates."""

from django.db import migrations, models

from ledger.append_only import Grouped


class Migration(Grouped):

    dependencies = [
        ('telemetry', '0002_partitions'),
    ]

    operations = [
        migrations.AddField(
            model_name='kpi',
            name='breach_kind',
            field=models.CharField(default='breach', max_length=12),
        ),
        migrations.AddField(
            model_name='kpi',
            name='example_critical',
            field=models.CharField(blank=True, max_length=80),
        ),
        migrations.AddField(
            model_name='kpi',
            name='example_warning',
            field=models.CharField(blank=True, max_length=80),
        ),
        migrations.AddField(
            model_name='kpi',
            name='highest',
            field=models.FloatField(null=True),
        ),
        migrations.AddField(
            model_name='kpi',
            name='lowest',
            field=models.FloatField(null=True),
        ),
        migrations.AddField(
            model_name='kpi',
            name='neutral',
            field=models.FloatField(null=True),
        ),
        migrations.AddField(
            model_name='quarantinedreading',
            name='expired_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='seriesstate',
            name='judged_by',
            field=models.UUIDField(null=True),
        ),
        migrations.AddField(
            model_name='seriesstate',
            name='previous_end',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='seriesstate',
            name='settled',
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name='seriesstate',
            name='stored',
            field=models.IntegerField(default=0),
        ),
        migrations.AddIndex(
            model_name='quarantinedreading',
            index=models.Index(condition=models.Q(('expired_at__isnull', True), ('released_at__isnull', True)), fields=['window_end'], name='quarantined_waiting'),
        ),
        migrations.RunSQL(
            "ALTER TABLE telemetry_series_state SET (fillfactor = 50)",
            "ALTER TABLE telemetry_series_state RESET (fillfactor)",
        ),
    ]
