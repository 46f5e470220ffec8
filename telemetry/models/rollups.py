"""Days of a series, summed up once they are over, so that long trends cost little."""

from django.db import models

from telemetry.models.series import Series


class DailyRollup(models.Model):
    """One day (UTC) of a series: derived from its readings, made again whenever they change.

    A window belongs to the day in which its last microsecond lies. Of each window the newest
    revision counts; bad and voided readings count in `readings` only. Figures are None where no
    reading of the day is good. The percentiles are values that were read (nearest rank).
    """

    pk = models.CompositePrimaryKey("series_id", "day")
    series = models.ForeignKey(
        Series, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    day = models.DateField()
    readings = models.IntegerField()
    good = models.IntegerField()
    n = models.BigIntegerField(null=True)
    mean = models.FloatField(null=True)
    lowest = models.FloatField(null=True)
    highest = models.FloatField(null=True)
    p50 = models.FloatField(null=True)
    p95 = models.FloatField(null=True)
    last = models.FloatField(null=True)

    class Meta:
        db_table = "telemetry_daily"

    def __str__(self) -> str:
        return f"{self.series_id} {self.day}"
