"""Updates of the law's data: what one would change, and for whom."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from governance.selectors.law_updates import Update, update_for
from outbox import clock
from registry.access import IsPerson, actor_of, signed_in
from registry.rules.obligations import Obligation
from registry.services.reference import Touched, load_reference


class LawChangeOut(serializers.Serializer[Any]):
    """A row that an update changes; `was` and `becomes` hold the fields that differ."""

    id = serializers.CharField()
    model = serializers.CharField()
    kind = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # a field of that name
    was = serializers.DictField()
    becomes = serializers.DictField()


class LawFileOut(serializers.Serializer[Any]):
    """A file of an update that has not been loaded."""

    name = serializers.CharField()
    version = serializers.CharField()
    sha256 = serializers.CharField()
    added = LawChangeOut(many=True)
    changed = LawChangeOut(many=True)
    superseded = LawChangeOut(many=True)


class LawMovedOut(serializers.Serializer[Any]):
    """An obligation whose date or status moves."""

    provision = serializers.CharField()
    was = serializers.DateField(allow_null=True)
    was_status = serializers.CharField()
    becomes = serializers.DateField(allow_null=True)
    becomes_status = serializers.CharField()


class LawTouchedOut(serializers.Serializer[Any]):
    """A system that an update touches, with its owner."""

    system = serializers.CharField()
    name = serializers.CharField()
    owner = serializers.CharField()
    appears = serializers.ListField(child=serializers.CharField())
    vanishes = serializers.ListField(child=serializers.CharField())
    moves = LawMovedOut(many=True)
    rewords = serializers.ListField(child=serializers.CharField())
    reopens = serializers.BooleanField()


class RunningClockOut(serializers.Serializer[Any]):
    """A clock that runs by a rule which changes; its due instant stays (CLK-20)."""

    rule = serializers.CharField(source="rule_id")
    incident = serializers.CharField(source="incident.number")
    system = serializers.CharField(source="incident.system.slug")
    due_at = serializers.DateTimeField()


class LawUpdateOut(serializers.Serializer[Any]):
    """What an update would change, of the systems that the caller may see."""

    files = LawFileOut(many=True)
    systems = LawTouchedOut(many=True)
    clocks = RunningClockOut(many=True)


class LawLoadIn(serializers.Serializer[Any]):
    """Why an update is applied."""

    reason = serializers.CharField(max_length=2000)


class LawLoadedOut(serializers.Serializer[Any]):
    """What loading changed."""

    added = serializers.ListField(child=serializers.CharField())
    changed = serializers.ListField(child=serializers.CharField())
    superseded = serializers.ListField(child=serializers.CharField())
    reopened = serializers.ListField(child=serializers.CharField())


class LawUpdates(APIView):
    """The update that is shipped and not loaded yet."""

    permission_classes = [IsPerson]

    @extend_schema(operation_id="law_updates", tags=["law"], responses=LawUpdateOut)
    def get(self, request: Request) -> Response:
        """Return what loading would change and whom it touches; nothing is changed."""
        return Response(
            LawUpdateOut(_told(update_for(user=signed_in(request), at=clock.now()))).data
        )

    @extend_schema(
        operation_id="law_updates_load", tags=["law"], request=LawLoadIn, responses=LawLoadedOut
    )
    def post(self, request: Request) -> Response:
        """Load it, with the reason; by compliance or an administrator."""
        given = LawLoadIn(data=request.data)
        given.is_valid(raise_exception=True)
        loaded = load_reference(
            actor=actor_of(request), at=clock.now(), reason=given.validated_data["reason"]
        )
        return Response(LawLoadedOut(loaded).data)


def _told(update: Update) -> dict[str, Any]:
    return {
        "files": update.plan.pending,
        "systems": [_touched(one) for one in update.plan.touched],
        "clocks": update.clocks,
    }


def _touched(one: Touched) -> dict[str, Any]:
    return {
        "system": one.system.slug,
        "name": one.system.name,
        "owner": one.system.owner.name,
        "appears": _ids(one.appears),
        "vanishes": _ids(one.vanishes),
        "rewords": _ids(one.rewords),
        "reopens": one.reopens,
        "moves": [
            {
                "provision": moved.after.provision.id,
                "was": moved.before.due,
                "was_status": moved.before.status,
                "becomes": moved.after.due,
                "becomes_status": moved.after.status,
            }
            for moved in one.moves
        ],
    }


def _ids(obligations: tuple[Obligation, ...]) -> list[str]:
    return [one.provision.id for one in obligations]
