"""Addresses of this floor's API, below /api/v1/."""

from django.urls import path

from registry.api.me import Me
from registry.api.systems import SystemClassification, SystemDetail, SystemLifecycle, SystemList
from registry.api.versions import DeploymentList, VersionApproval, VersionList

urlpatterns = [
    path("me", Me.as_view(), name="api-me"),
    path("systems/", SystemList.as_view(), name="api-systems"),
    path("systems/<slug:slug>/", SystemDetail.as_view(), name="api-system"),
    path(
        "systems/<slug:slug>/classification",
        SystemClassification.as_view(),
        name="api-system-classification",
    ),
    path("systems/<slug:slug>/lifecycle", SystemLifecycle.as_view(), name="api-system-lifecycle"),
    path("systems/<slug:slug>/versions", VersionList.as_view(), name="api-versions"),
    path(
        "systems/<slug:slug>/versions/<str:label>/approve",
        VersionApproval.as_view(),
        name="api-version-approve",
    ),
    path("systems/<slug:slug>/deployments", DeploymentList.as_view(), name="api-deployments"),
]
