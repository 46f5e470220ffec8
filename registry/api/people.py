"""People and access over the API: accounts, units, roles, leave, delegation, broken glass."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import status
from rest_framework.generics import ListAPIView
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from ledger.rules.refusals import Missing
from outbox import clock
from registry.access import IsPerson, actor_of, signed_in
from registry.api.access_shapes import (
    AccessReasonIn,
    ChangePersonIn,
    DelegationIn,
    DelegationOut,
    DutyOut,
    GlassIn,
    GlassOut,
    GlassReviewIn,
    GrantIn,
    InviteIn,
    LeaveIn,
    LeaveOut,
    LeavingIn,
    PersonShown,
    RoleHeld,
    RoleShown,
    SetupOut,
)
from registry.models import BreakGlass, RoleAssignment, SetupException, User
from registry.rules.permits import PERMITS, WORDS_OF_ROLE
from registry.selectors.access import (
    access_in,
    delegation_seen_by,
    delegations_around,
    leave_seen_by,
    leaves_of,
    people_seen_by,
    person_seen_by,
    require_reader,
    role_seen_by,
    roles_held_by,
    units_administered_by,
)
from registry.selectors.break_glass import glass_by_id, glasses_seen_by
from registry.selectors.setup import exceptions_seen_by
from registry.services.break_glass import break_glass, end_break_glass, review_break_glass
from registry.services.delegations import (
    end_delegation,
    end_leave,
    record_delegation,
    record_leave,
)
from registry.services.invitations import change_person, invite_person
from registry.services.leavers import duties_of, let_go
from registry.services.roles import confirm_role, end_role, grant_role
from registry.services.setup import confirm_setup_exception

TAG = ["access"]


class ByName(CursorPagination):
    """Keyset pages by name."""

    page_size = 50
    max_page_size = 200
    page_size_query_param = "limit"
    ordering: Any = ("name", "id")


class Newest(ByName):
    """Keyset pages, the newest first."""

    ordering = ("-from_at", "id")


class NewestException(ByName):
    """Keyset pages of exceptions, the newest first."""

    ordering = ("-at", "id")


@extend_schema_view(get=extend_schema(operation_id="people_list", tags=TAG))
class PeopleList(ListAPIView[User]):
    """The accounts that the caller may look into; invite another person."""

    permission_classes = [IsPerson]
    serializer_class = PersonShown
    pagination_class = ByName
    filter_backends: list[Any] = []
    queryset = User.objects.none()

    def get_queryset(self) -> QuerySet[User]:
        """Return the accounts of the caller's units."""
        user, at = signed_in(self.request), clock.now()
        require_reader(user=user, at=at)
        return people_seen_by(user=user, at=at).select_related("unit")

    @extend_schema(
        operation_id="people_invite", tags=TAG, request=InviteIn, responses={201: PersonShown}
    )
    def post(self, request: Request) -> Response:
        """Invite a person, who sets their own password."""
        given = _read(InviteIn, request)
        made = invite_person(
            unit_id=given.pop("unit"), **given, actor=actor_of(request), at=clock.now()
        )
        return Response(PersonShown(made).data, status=status.HTTP_201_CREATED)


class PersonDetail(APIView):
    """One account."""

    permission_classes = [IsPerson]

    @extend_schema(operation_id="people_read", tags=TAG, responses=PersonShown)
    def get(self, request: Request, person_id: UUID) -> Response:
        """Return an account that the caller may look into."""
        return Response(PersonShown(_person(request, person_id)).data)

    @extend_schema(
        operation_id="people_change", tags=TAG, request=ChangePersonIn, responses=PersonShown
    )
    def put(self, request: Request, person_id: UUID) -> Response:
        """Change what is said of a person."""
        found, given = _person(request, person_id), _read(ChangePersonIn, request)
        changed = change_person(
            user_id=found.pk,
            unit_id=given.pop("unit"),
            **given,
            actor=actor_of(request),
            at=clock.now(),
        )
        return Response(PersonShown(changed).data)


class PersonRoles(APIView):
    """The roles of a person."""

    permission_classes = [IsPerson]

    @extend_schema(operation_id="people_roles_list", tags=TAG, responses=RoleHeld(many=True))
    def get(self, request: Request, person_id: UUID) -> Response:
        """Return every role, those in force first."""
        rows = roles_held_by(person=_person(request, person_id), at=clock.now())
        return Response(RoleHeld(rows, many=True).data)

    @extend_schema(
        operation_id="people_roles_grant", tags=TAG, request=GrantIn, responses={201: RoleHeld}
    )
    def post(self, request: Request, person_id: UUID) -> Response:
        """Grant a role for a unit or a system."""
        found, given = _person(request, person_id), _read(GrantIn, request)
        made = grant_role(
            user_id=found.pk,
            unit_id=given.pop("unit"),
            system_id=given.pop("system"),
            **given,
            actor=actor_of(request),
            at=clock.now(),
        )
        return Response(RoleHeld(made).data, status=status.HTTP_201_CREATED)


class RoleEnd(APIView):
    """The end of a role."""

    permission_classes = [IsPerson]

    @extend_schema(operation_id="roles_end", tags=TAG, request=AccessReasonIn, responses=RoleHeld)
    def post(self, request: Request, role_id: UUID) -> Response:
        """End a role now."""
        at, given = clock.now(), _read(AccessReasonIn, request)
        row = role_seen_by(role_id=role_id, user=signed_in(request), at=at)
        ended = end_role(assignment_id=row.pk, **given, actor=actor_of(request), at=at)
        return Response(RoleHeld(ended).data)


class RoleConfirm(APIView):
    """The review of a role."""

    permission_classes = [IsPerson]

    @extend_schema(operation_id="roles_confirm", tags=TAG, request=None, responses=RoleHeld)
    def post(self, request: Request, role_id: UUID) -> Response:
        """Say that a role is still needed."""
        at = clock.now()
        row = role_seen_by(role_id=role_id, user=signed_in(request), at=at)
        kept = confirm_role(assignment_id=row.pk, actor=actor_of(request), at=at)
        return Response(RoleHeld(kept).data)


@extend_schema_view(get=extend_schema(operation_id="access_list", tags=TAG))
class AccessList(ListAPIView[RoleAssignment]):
    """Who has what since when, granted by whom, in the caller's units."""

    permission_classes = [IsPerson]
    serializer_class = RoleHeld
    pagination_class = Newest
    filter_backends: list[Any] = []
    queryset = RoleAssignment.objects.none()

    def get_queryset(self) -> QuerySet[RoleAssignment]:
        """Return the roles in force."""
        at = clock.now()
        return access_in(units=require_reader(user=signed_in(self.request), at=at), at=at)


class PersonLeaves(APIView):
    """When a person is away."""

    permission_classes = [IsPerson]

    @extend_schema(operation_id="people_leaves_list", tags=TAG, responses=LeaveOut(many=True))
    def get(self, request: Request, person_id: UUID) -> Response:
        """Return the leaves that are not over."""
        rows = leaves_of(person=_person(request, person_id), at=clock.now())
        return Response(LeaveOut(rows, many=True).data)

    @extend_schema(
        operation_id="people_leaves_record", tags=TAG, request=LeaveIn, responses={201: LeaveOut}
    )
    def post(self, request: Request, person_id: UUID) -> Response:
        """Record a leave."""
        found, given = _person(request, person_id), _read(LeaveIn, request)
        made = record_leave(user_id=found.pk, **given, actor=actor_of(request), at=clock.now())
        return Response(LeaveOut(made).data, status=status.HTTP_201_CREATED)


class LeaveEnd(APIView):
    """The end of a leave."""

    permission_classes = [IsPerson]

    @extend_schema(operation_id="leaves_end", tags=TAG, request=None, responses=LeaveOut)
    def post(self, request: Request, leave_id: UUID) -> Response:
        """End a leave now."""
        at = clock.now()
        row = leave_seen_by(leave_id=leave_id, user=signed_in(request), at=at)
        return Response(LeaveOut(end_leave(leave_id=row.pk, actor=actor_of(request), at=at)).data)


class PersonDelegations(APIView):
    """Who acts for a person, and for whom they act."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="people_delegations_list", tags=TAG, responses=DelegationOut(many=True)
    )
    def get(self, request: Request, person_id: UUID) -> Response:
        """Return the delegations in both directions that are not over."""
        rows = delegations_around(person=_person(request, person_id), at=clock.now())
        return Response(DelegationOut(rows, many=True).data)

    @extend_schema(
        operation_id="people_delegations_record",
        tags=TAG,
        request=DelegationIn,
        responses={201: DelegationOut},
    )
    def post(self, request: Request, person_id: UUID) -> Response:
        """Let somebody act for the person for a time."""
        found, given = _person(request, person_id), _read(DelegationIn, request)
        made = record_delegation(
            principal_id=found.pk,
            delegate_id=given.pop("delegate"),
            unit_id=given.pop("unit"),
            system_id=given.pop("system"),
            **given,
            actor=actor_of(request),
            at=clock.now(),
        )
        return Response(DelegationOut(made).data, status=status.HTTP_201_CREATED)


class DelegationEnd(APIView):
    """The early end of a delegation."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="delegations_end", tags=TAG, request=AccessReasonIn, responses=DelegationOut
    )
    def post(self, request: Request, delegation_id: UUID) -> Response:
        """End a delegation."""
        at, given = clock.now(), _read(AccessReasonIn, request)
        row = delegation_seen_by(delegation_id=delegation_id, user=signed_in(request), at=at)
        ended = end_delegation(delegation_id=row.pk, **given, actor=actor_of(request), at=at)
        return Response(DelegationOut(ended).data)


class PersonLeaving(APIView):
    """The duties of who leaves."""

    permission_classes = [IsPerson]

    @extend_schema(operation_id="people_duties", tags=TAG, responses=DutyOut(many=True))
    def get(self, request: Request, person_id: UUID) -> Response:
        """Return every duty; for an administrator of the person's unit."""
        found = _person(request, person_id)
        at = clock.now()
        if found.unit_id not in units_administered_by(user=signed_in(request), at=at):
            raise Missing("unknown_person", "There is nobody here whose account you may end.")
        return Response([DutyOut(one).data for one in duties_of(user_id=found.pk, at=at)])

    @extend_schema(operation_id="people_let_go", tags=TAG, request=LeavingIn, responses=PersonShown)
    def post(self, request: Request, person_id: UUID) -> Response:
        """Hand all duties over, end the rest, deactivate the account; all or nothing."""
        found, given = _person(request, person_id), _read(LeavingIn, request)
        gone = let_go(user_id=found.pk, **given, actor=actor_of(request), at=clock.now())
        return Response(PersonShown(gone).data)


@extend_schema_view(get=extend_schema(operation_id="glasses_list", tags=TAG))
class GlassList(ListAPIView[BreakGlass]):
    """Accesses in an emergency; open one."""

    permission_classes = [IsPerson]
    serializer_class = GlassOut
    pagination_class = Newest
    filter_backends: list[Any] = []
    queryset = BreakGlass.objects.none()

    def get_queryset(self) -> QuerySet[BreakGlass]:
        """Return those that the caller may see."""
        return glasses_seen_by(user=signed_in(self.request), at=clock.now())

    @extend_schema(
        operation_id="glasses_break", tags=TAG, request=GlassIn, responses={201: GlassOut}
    )
    def post(self, request: Request) -> Response:
        """Break the glass: read a unit or a system for some hours."""
        given = _read(GlassIn, request)
        made = break_glass(
            unit_id=given.pop("unit"),
            system_id=given.pop("system"),
            **given,
            actor=actor_of(request),
            at=clock.now(),
        )
        return Response(GlassOut(made).data, status=status.HTTP_201_CREATED)


class GlassEnd(APIView):
    """The end of an access."""

    permission_classes = [IsPerson]

    @extend_schema(operation_id="glasses_end", tags=TAG, request=None, responses=GlassOut)
    def post(self, request: Request, glass_id: UUID) -> Response:
        """Close the glass before its time."""
        at = clock.now()
        row = glass_by_id(glass_id=glass_id, user=signed_in(request), at=at)
        ended = end_break_glass(glass_id=row.pk, actor=actor_of(request), at=at)
        return Response(GlassOut(ended).data)


class GlassReview(APIView):
    """The review of an access."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="glasses_review", tags=TAG, request=GlassReviewIn, responses=GlassOut
    )
    def post(self, request: Request, glass_id: UUID) -> Response:
        """Say whether it was justified."""
        at, given = clock.now(), _read(GlassReviewIn, request)
        row = glass_by_id(glass_id=glass_id, user=signed_in(request), at=at)
        done = review_break_glass(glass_id=row.pk, **given, actor=actor_of(request), at=at)
        return Response(GlassOut(done).data)


@extend_schema_view(get=extend_schema(operation_id="setup_exceptions_list", tags=TAG))
class SetupList(ListAPIView[SetupException]):
    """What was approved alone at set-up."""

    permission_classes = [IsPerson]
    serializer_class = SetupOut
    pagination_class = NewestException
    filter_backends: list[Any] = []
    queryset = SetupException.objects.none()

    def get_queryset(self) -> QuerySet[SetupException]:
        """Return those of what the caller sees."""
        return exceptions_seen_by(user=signed_in(self.request), at=clock.now())


class SetupConfirm(APIView):
    """The second person for what was approved alone."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="setup_exceptions_confirm", tags=TAG, request=None, responses=SetupOut
    )
    def post(self, request: Request, exception_id: UUID) -> Response:
        """Confirm what one person approved alone."""
        user, at = signed_in(request), clock.now()
        if not exceptions_seen_by(user=user, at=at).filter(pk=exception_id).exists():
            raise Missing("unknown_exception", "There is no such exception that you may see.")
        row = confirm_setup_exception(exception_id=exception_id, actor=actor_of(request), at=at)
        return Response(SetupOut(row).data)


class RoleCatalogue(APIView):
    """What each role may."""

    permission_classes = [IsPerson]

    @extend_schema(operation_id="roles_list", tags=TAG, responses=RoleShown(many=True))
    def get(self, request: Request) -> Response:
        """Return the roles with what they may, the same for everybody."""
        found = [
            {
                "role": name,
                "words": words,
                "may": sorted(act for act, permit in PERMITS.items() if name in permit.roles),
                "never": sorted(act for act, permit in PERMITS.items() if name in permit.barred),
            }
            for name, words in WORDS_OF_ROLE.items()
        ]
        return Response(RoleShown(found, many=True).data)


def _read(shape: Any, request: Request) -> dict[str, Any]:
    given = shape(data=request.data)
    given.is_valid(raise_exception=True)
    return dict(given.validated_data)


def _person(request: Request, person_id: UUID) -> User:
    return person_seen_by(person_id=person_id, user=signed_in(request), at=clock.now())
