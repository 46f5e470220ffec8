"""What the endpoints of import and export take and give."""

from typing import Any

from rest_framework import serializers

from registry.models import Import, ImportRow, ModelRegistry, RecordedElsewhere
from registry.rules.exchange.fields import KINDS
from registry.services.exchange.elsewhere import UNSIGNED


class ImportOut(serializers.ModelSerializer[Import]):
    """An import: what was read, how it is read, what would be done with its rows."""

    uploaded_by = serializers.CharField(source="uploaded_by.name")

    class Meta:
        model = Import
        fields = [
            "id", "name", "format", "sha256", "size", "notes", "columns", "options", "counts",
            "version", "state", "progress", "failure", "uploaded_by", "uploaded_at", "ended_at",
            "rows_gone",
        ]  # fmt: skip


class ImportIn(serializers.Serializer[Any]):
    """A file to read in."""

    file = serializers.FileField(max_length=200, allow_empty_file=True)
    kind = serializers.ChoiceField(choices=KINDS, required=False, default="", allow_blank=True)


class ImportRowOut(serializers.ModelSerializer[ImportRow]):
    """A row: its cells, what they are read as, what is wrong, what would be done."""

    cells = serializers.JSONField(source="raw.cells")

    class Meta:
        model = ImportRow
        fields = ["kind", "number", "cells", "values", "problems", "notes", "action", "target"]


class SettleIn(serializers.Serializer[Any]):
    """How an import is read; what is left out stays as it was."""

    columns = serializers.DictField(
        child=serializers.DictField(child=serializers.CharField(allow_blank=True, max_length=80)),
        required=False,
        default=dict,
        help_text="{kind: {column: field}}, '' for a column that is not read.",
    )
    choices = serializers.DictField(
        child=serializers.DictField(child=serializers.CharField(allow_blank=True, max_length=200)),
        required=False,
        default=dict,
        help_text="{'person' | 'unit' | 'system': {what the file says: id, for systems the slug}}",
    )
    date_order = serializers.CharField(
        required=False, allow_null=True, default=None, allow_blank=True, max_length=3
    )
    hidden = serializers.BooleanField(required=False, allow_null=True, default=None)
    without_bad = serializers.BooleanField(required=False, allow_null=True, default=None)


class ElsewhereOut(serializers.ModelSerializer[RecordedElsewhere]):
    """What another record says of a system's past; nobody signed it here."""

    standing = serializers.SerializerMethodField()

    class Meta:
        model = RecordedElsewhere
        fields = [
            "standing", "kind", "began_at", "ended_at", "label", "environment", "said_by", "text",
            "source", "row", "recorded_at",
        ]  # fmt: skip

    def get_standing(self, row: RecordedElsewhere) -> str:
        """Say what it is worth."""
        return UNSIGNED


class RegistryOut(serializers.ModelSerializer[ModelRegistry]):
    """A model registry, without its credential."""

    class Meta:
        model = ModelRegistry
        fields = ["id", "name", "url", "sign_in", "active", "created_at"]


class RegistryIn(serializers.Serializer[Any]):
    """A registry to connect; `secrets` is a token, or name and password."""

    name = serializers.CharField(max_length=80)
    url = serializers.CharField(max_length=500)
    sign_in = serializers.ChoiceField(choices=ModelRegistry.SignIn.choices, default="none")
    secrets = serializers.ListField(
        child=serializers.CharField(max_length=2000, trim_whitespace=False),
        max_length=2,
        default=list,
        write_only=True,
    )


class SwitchIn(serializers.Serializer[Any]):
    """Whether a registry is read."""

    active = serializers.BooleanField()
