"""Thresholds keep what their author wrote; checkpoints of the evaluator."""

import django.db.models.deletion
from django.db import migrations, models


from ledger.append_only import AtOnce, Grouped


class Migration(Grouped):

    dependencies = [
        ('governance', '0003_guards'),
        ('telemetry', '0003_evaluator_state'),
    ]

    operations = [
        AtOnce(
            [
                migrations.AddField(
                    model_name='historicalthresholdversion',
                    name='for_seconds',
                    field=models.IntegerField(default=0),
                ),
                migrations.AddField(
                    model_name='historicalthresholdversion',
                    name='grace_seconds',
                    field=models.IntegerField(default=0),
                ),
                migrations.AddField(
                    model_name='historicalthresholdversion',
                    name='low_side',
                    field=models.JSONField(null=True),
                ),
                migrations.AddField(
                    model_name='historicalthresholdversion',
                    name='mode',
                    field=models.CharField(choices=[('absolute', 'Absolute'), ('points', 'Points'), ('share', 'Share')], default='absolute', max_length=10),
                ),
                migrations.AddField(
                    model_name='historicalthresholdversion',
                    name='stated',
                    field=models.JSONField(default=dict),
                ),
                migrations.AddField(
                    model_name='thresholdversion',
                    name='for_seconds',
                    field=models.IntegerField(default=0),
                ),
                migrations.AddField(
                    model_name='thresholdversion',
                    name='grace_seconds',
                    field=models.IntegerField(default=0),
                ),
                migrations.AddField(
                    model_name='thresholdversion',
                    name='low_side',
                    field=models.JSONField(null=True),
                ),
                migrations.AddField(
                    model_name='thresholdversion',
                    name='mode',
                    field=models.CharField(choices=[('absolute', 'Absolute'), ('points', 'Points'), ('share', 'Share')], default='absolute', max_length=10),
                ),
                migrations.AddField(
                    model_name='thresholdversion',
                    name='stated',
                    field=models.JSONField(default=dict),
                ),
                migrations.CreateModel(
                    name='Checkpoint',
                    fields=[
                        ('id', models.BigAutoField(primary_key=True, serialize=False)),
                        ('window_end', models.DateTimeField()),
                        ('carried', models.JSONField()),
                        ('series', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='telemetry.series')),
                    ],
                    options={
                        'constraints': [models.UniqueConstraint(fields=('series', 'window_end'), name='checkpoint_once')],
                    },
                ),
            ]
        ),
    ]
