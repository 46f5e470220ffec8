"""What the reports' endpoints take and give."""

from rest_framework import serializers

from reports.models import Pack


class PackIn(serializers.Serializer[Pack]):
    """A request for a pack."""

    system = serializers.SlugField(help_text="The system's short name.")
    since = serializers.DateTimeField(help_text="Begin of the period, with its zone.")
    until = serializers.DateTimeField(
        help_text="End of the period, not included; cut to now, or to as_of."
    )
    as_of = serializers.CharField(
        max_length=60,
        default="",
        allow_blank=True,
        help_text="Show the record as it was at this instant, read as the parameter as_of is.",
    )


class PackOut(serializers.ModelSerializer[Pack]):
    """A pack: what it is about, how far it is, what was built."""

    system = serializers.CharField(source="system.slug")
    requested_by = serializers.CharField(source="requested_by.name")

    class Meta:
        model = Pack
        fields = [
            "number",
            "system",
            "since",
            "until",
            "as_of",
            "state",
            "step",
            "progress",
            "waits_for",
            "failure",
            "requested_by",
            "requested_at",
            "request_entry",
            "newest_entry",
            "built_at",
            "sha256",
            "size",
            "files",
            "pages",
            "missing",
            "checkpoint_size",
            "key",
        ]


class WhyIn(serializers.Serializer[object]):
    """Why."""

    reason = serializers.CharField(max_length=2000)
