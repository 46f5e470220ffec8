"""Addresses of the pages about people, units, roles, leave, delegation, broken glass."""

from django.urls import URLPattern, path

from registry.views import break_glass, leavers, people, reviews, roles, units

urlpatterns: list[URLPattern] = [
    path("people/", people.people, name="people"),
    path("people/new/", people.invite, name="person-new"),
    path("people/access/", reviews.access_review, name="access-review"),
    path("people/access.csv", reviews.access_sheet, name="access-sheet"),
    path("people/access/<uuid:role_id>/confirm", reviews.confirm, name="access-confirm"),
    path("people/setup/", reviews.setup_exceptions, name="setup-exceptions"),
    path("people/setup/<uuid:exception_id>/confirm", reviews.confirm_setup, name="setup-confirm"),
    path("people/glass/", break_glass.glasses, name="glasses"),
    path("people/glass/<uuid:glass_id>/", break_glass.glass, name="glass"),
    path("people/glass/<uuid:glass_id>/end", break_glass.end, name="glass-end"),
    path("people/roles/<uuid:role_id>/end/", roles.end, name="role-end"),
    path("people/leave/<uuid:leave_id>/end", roles.back, name="leave-end"),
    path("people/delegations/<uuid:delegation_id>/end/", roles.withdraw, name="delegation-end"),
    path("people/<uuid:person_id>/", people.person, name="person"),
    path("people/<uuid:person_id>/edit/", people.edit, name="person-edit"),
    path("people/<uuid:person_id>/invite", people.again, name="person-invite"),
    path("people/<uuid:person_id>/roles/", roles.grant, name="role-grant"),
    path("people/<uuid:person_id>/leave/", roles.leave, name="leave"),
    path("people/<uuid:person_id>/delegations/", roles.delegate, name="delegation"),
    path("people/<uuid:person_id>/leaving/", leavers.leaving, name="leaving"),
    path("units/", units.units, name="units"),
    path("units/new/", units.new, name="unit-new"),
    path("units/<uuid:unit_id>/", units.unit, name="unit"),
    path("units/<uuid:unit_id>/rename/", units.rename, name="unit-rename"),
    path("units/<uuid:unit_id>/move/", units.move, name="unit-move"),
]
