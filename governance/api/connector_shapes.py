"""What the endpoints of connectors and uploads take and give."""

from typing import Any

from rest_framework import serializers

from telemetry.models import Connector, ConnectorRun, ConnectorState, Upload, UploadFault
from telemetry.rules.schedules import LONGEST, SHORTEST
from telemetry.selectors.connectors import FARES, fares


class LineIO(serializers.Serializer[Any]):
    """A question and the KPI that its answer is; docs/connectors.md says what each kind takes."""

    kpi = serializers.CharField(max_length=60)
    query = serializers.CharField(max_length=2000, trim_whitespace=False)
    window = serializers.CharField(max_length=10)
    source = serializers.CharField(  # type: ignore[assignment]  # the name of a field, too
        max_length=300, required=False, allow_blank=True
    )
    environment = serializers.CharField(max_length=30, required=False)
    segment = serializers.CharField(max_length=120, required=False, allow_blank=True)
    segment_label = serializers.CharField(max_length=59, required=False, allow_blank=True)
    count_query = serializers.CharField(max_length=2000, required=False, allow_blank=True)
    factor = serializers.FloatField(required=False)


class WantedIn(serializers.Serializer[Any]):
    """What a connector is to be; `secrets` is a token, or name and password, and never given out.

    Left out in a change, the stored credential stays.
    """

    name = serializers.CharField(max_length=80)
    url = serializers.CharField(
        max_length=500,
        allow_blank=True,
        help_text="of Evidently it may be empty: the reports are sent here instead",
    )
    every_seconds = serializers.IntegerField(min_value=SHORTEST, max_value=LONGEST)
    lines = LineIO(many=True, min_length=1, max_length=50)  # type: ignore[call-arg]  # of many
    sign_in = serializers.ChoiceField(choices=Connector.SignIn.choices, default="none")
    secrets = serializers.ListField(
        child=serializers.CharField(max_length=4000, trim_whitespace=False),
        max_length=2,
        required=False,
        write_only=True,
    )


class ConnectorIn(WantedIn):
    """A connector to define."""

    system = serializers.SlugField(max_length=80)
    kind = serializers.ChoiceField(choices=Connector.Kind.choices)


class ConnectorSwitchIn(serializers.Serializer[Any]):
    """Whether a connector is asked."""

    active = serializers.BooleanField()


class ConnectorStateOut(serializers.ModelSerializer[ConnectorState]):
    """How the polls go: last row taken, last row refused and why, failures in a row."""

    accepted_row = serializers.JSONField(allow_null=True)
    rejected_row = serializers.JSONField(allow_null=True)

    class Meta:
        model = ConnectorState
        fields = [
            "next_at", "polled_at", "answered_at", "failures", "failing_since", "failure",
            "accepted_at", "accepted_row", "rejected_at", "rejected_row", "rejected_why",
        ]  # fmt: skip


class ConnectorOut(serializers.ModelSerializer[Connector]):
    """A connector, without its credential."""

    system = serializers.CharField(source="system.slug")
    lines = LineIO(many=True)
    fares = serializers.SerializerMethodField()
    state = ConnectorStateOut()

    class Meta:
        model = Connector
        fields = [
            "id", "name", "kind", "system", "url", "sign_in", "every_seconds", "lines", "active",
            "version", "created_at", "fares", "state",
        ]  # fmt: skip

    def get_fares(self, found: Connector) -> str:
        """Say how it fares: failing, quiet, waiting, ok or off."""
        word = fares(found, self.context["at"])
        assert word in FARES
        return word


class ConnectorRunOut(serializers.ModelSerializer[ConnectorRun]):
    """One poll: what came, what was taken, what was refused and why."""

    refused = serializers.JSONField()
    notes = serializers.ListField(child=serializers.CharField())

    class Meta:
        model = ConnectorRun
        fields = [
            "id", "started_at", "failure", "fetched", "accepted", "repeated", "quarantined",
            "rejected", "refused", "notes", "batch_id",
        ]  # fmt: skip


class TriedOut(serializers.Serializer[Any]):
    """What a poll would bring now; nothing of it was kept."""

    dry_run = serializers.BooleanField()
    failure = serializers.CharField(allow_blank=True)
    fetched = serializers.IntegerField()
    accepted = serializers.IntegerField()
    repeated = serializers.IntegerField()
    rows = serializers.JSONField()
    refused = serializers.JSONField()


class UploadIn(serializers.Serializer[Any]):
    """A file to look at; what is said here stands for the lines that do not say it."""

    file = serializers.FileField(max_length=200, allow_empty_file=True)
    kind = serializers.ChoiceField(choices=Upload.Kind.choices, default="measurements")
    system = serializers.CharField(max_length=80, required=False, default="", allow_blank=True)
    kpi = serializers.CharField(max_length=60, required=False, default="", allow_blank=True)
    environment = serializers.CharField(max_length=30, required=False, default="", allow_blank=True)
    window = serializers.CharField(max_length=10, required=False, default="", allow_blank=True)
    version = serializers.CharField(max_length=60, required=False, default="", allow_blank=True)


class UploadSettleIn(serializers.Serializer[Any]):
    """How a file is read; what is left out stays as it was."""

    columns = serializers.DictField(
        child=serializers.CharField(allow_blank=True, max_length=80),
        required=False,
        help_text="{column: field}, '' for a column that is not read.",
    )
    every = serializers.DictField(
        child=serializers.CharField(allow_blank=True, max_length=200),
        required=False,
        help_text="What stands for all lines: system, kpi, environment, window, version.",
    )
    decimal = serializers.ChoiceField(choices=[".", ","], required=False, default="")
    zone = serializers.CharField(max_length=60, required=False, default="")


class UploadImportIn(serializers.Serializer[Any]):
    """Whether the lines with faults are left out."""

    without_bad = serializers.BooleanField(default=False)


class UploadOut(serializers.ModelSerializer[Upload]):
    """A file of readings: how it is read, what is wrong with it, how far it is taken in."""

    columns = serializers.ListField(
        child=serializers.ListField(child=serializers.CharField(allow_blank=True))
    )
    options = serializers.JSONField()
    notes = serializers.ListField(child=serializers.CharField())

    class Meta:
        model = Upload
        fields = [
            "id", "name", "kind", "sha256", "size", "columns", "options", "notes", "rows", "faults",
            "version", "state", "uploaded_at", "ended_at", "done", "accepted", "repeated",
            "quarantined", "rejected", "failure", "rows_gone",
        ]  # fmt: skip


class UploadFaultOut(serializers.ModelSerializer[UploadFault]):
    """Why a line is not taken in."""

    line = serializers.IntegerField(source="number")

    class Meta:
        model = UploadFault
        fields = ["line", "field", "reason", "at_import"]
