"""Addresses of this floor's API, below /api/v1/."""

from django.urls import path

from reports.api.packs import PackAgain, PackDetail, PackDownload, PackList

urlpatterns = [
    path("packs/", PackList.as_view(), name="api-packs"),
    path("packs/<str:number>/", PackDetail.as_view(), name="api-pack"),
    path("packs/<str:number>/again", PackAgain.as_view(), name="api-pack-again"),
    path("packs/<str:number>/download", PackDownload.as_view(), name="api-pack-download"),
]
