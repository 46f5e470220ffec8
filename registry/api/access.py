"""Addresses of people and access below /api/v1/."""

from django.urls import URLPattern, path

from registry.api import people, units

urlpatterns: list[URLPattern] = [
    path("people/", people.PeopleList.as_view(), name="api-people"),
    path("people/<uuid:person_id>/", people.PersonDetail.as_view(), name="api-person"),
    path("people/<uuid:person_id>/roles", people.PersonRoles.as_view(), name="api-person-roles"),
    path("people/<uuid:person_id>/leaves", people.PersonLeaves.as_view(), name="api-person-leaves"),
    path(
        "people/<uuid:person_id>/delegations",
        people.PersonDelegations.as_view(),
        name="api-person-delegations",
    ),
    path(
        "people/<uuid:person_id>/leaving", people.PersonLeaving.as_view(), name="api-person-leaving"
    ),
    path("access/", people.AccessList.as_view(), name="api-access"),
    path("roles/", people.RoleCatalogue.as_view(), name="api-roles"),
    path("roles/<uuid:role_id>/end", people.RoleEnd.as_view(), name="api-role-end"),
    path("roles/<uuid:role_id>/confirm", people.RoleConfirm.as_view(), name="api-role-confirm"),
    path("leaves/<uuid:leave_id>/end", people.LeaveEnd.as_view(), name="api-leave-end"),
    path(
        "delegations/<uuid:delegation_id>/end",
        people.DelegationEnd.as_view(),
        name="api-delegation-end",
    ),
    path("break-glass/", people.GlassList.as_view(), name="api-glasses"),
    path("break-glass/<uuid:glass_id>/end", people.GlassEnd.as_view(), name="api-glass-end"),
    path(
        "break-glass/<uuid:glass_id>/review", people.GlassReview.as_view(), name="api-glass-review"
    ),
    path("setup-exceptions/", people.SetupList.as_view(), name="api-setup-exceptions"),
    path(
        "setup-exceptions/<uuid:exception_id>/confirm",
        people.SetupConfirm.as_view(),
        name="api-setup-confirm",
    ),
    path("units/", units.UnitList.as_view(), name="api-units"),
    path("units/<uuid:unit_id>/name", units.UnitName.as_view(), name="api-unit-name"),
    path("units/<uuid:unit_id>/move", units.UnitMove.as_view(), name="api-unit-move"),
]
