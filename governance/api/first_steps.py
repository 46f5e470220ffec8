"""The first steps over the API: where the organisation stands; samples added and removed."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from governance.selectors.pages.first_steps import first_steps_of, organisation_of
from governance.services.samples import add_sample, remove_samples
from ledger.rules.refusals import Missing
from outbox import clock
from registry.access import IsPerson, actor_of, signed_in
from registry.models import Unit

TAGS = ["first steps"]


class FirstStepOut(serializers.Serializer[Any]):
    """One step: done, next, waiting for somebody else, or later; `may`: the caller takes it."""

    key = serializers.CharField()
    title = serializers.CharField()
    why = serializers.CharField()
    state = serializers.CharField(help_text="done, next, waits or later")
    found = serializers.CharField()
    who = serializers.CharField()
    url = serializers.CharField()
    may = serializers.BooleanField()


class FirstStepsOut(serializers.Serializer[Any]):
    """The way of the caller's organisation, as the record has it now."""

    unit = serializers.UUIDField(source="unit.pk")
    done = serializers.IntegerField()
    is_finished = serializers.BooleanField()
    steps = FirstStepOut(many=True)
    samples = serializers.SerializerMethodField()

    def get_samples(self, way: Any) -> list[str]:
        """Name the samples that are there, by their slugs."""
        return [one.slug for one in way.samples]


class SampleSystemIn(serializers.Serializer[Any]):
    """Who stands in for the caller, who is the sample's owner."""

    deputy = serializers.UUIDField()


class SampleSystemOut(serializers.Serializer[Any]):
    """The sample that is there now."""

    slug = serializers.CharField()
    name = serializers.CharField()


class RemovedOut(serializers.Serializer[Any]):
    """How many samples left; what was recorded of them stays."""

    removed = serializers.IntegerField()


class FirstStepsDetail(APIView):
    """The first steps."""

    permission_classes = [IsPerson]

    @extend_schema(operation_id="first_steps_read", tags=TAGS, responses=FirstStepsOut)
    def get(self, request: Request) -> Response:
        """Return each step of the caller's organisation with its state."""
        way = first_steps_of(
            unit=organisation_to_set_up(request), reader=signed_in(request), at=clock.now()
        )
        return Response(FirstStepsOut(way).data)


class Samples(APIView):
    """A sample to look around with."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="samples_add",
        tags=TAGS,
        request=SampleSystemIn,
        responses={201: SampleSystemOut},
    )
    def post(self, request: Request) -> Response:
        """Add the sample system: invented readings that count nowhere."""
        given = SampleSystemIn(data=request.data)
        given.is_valid(raise_exception=True)
        made = add_sample(
            unit_id=organisation_to_set_up(request).pk,
            deputy_id=given.validated_data["deputy"],
            actor=actor_of(request),
            at=clock.now(),
        )
        return Response(SampleSystemOut(made).data, status=201)


class SamplesRemove(APIView):
    """The end of the samples."""

    permission_classes = [IsPerson]

    @extend_schema(operation_id="samples_remove", tags=TAGS, request=None, responses=RemovedOut)
    def post(self, request: Request) -> Response:
        """Take every sample out of sight."""
        count = remove_samples(
            unit_id=organisation_to_set_up(request).pk, actor=actor_of(request), at=clock.now()
        )
        return Response(RemovedOut({"removed": count}).data)


def organisation_to_set_up(request: Request) -> Unit:
    """Return the unit that the caller sets up. Raises Missing for who belongs to none."""
    found = organisation_of(user=signed_in(request), at=clock.now())
    if found is None:
        raise Missing("no_unit", "You belong to no unit: an administrator says to which.")
    return found
