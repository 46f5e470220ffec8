"""Addresses of single sign-on, below /accounts/."""

from django.urls import path

from config.single_sign_on import views

urlpatterns = [
    path("oidc/confirm/", views.confirm, name="single_sign_on_confirm"),
    path("oidc/<slug:provider_id>/login/", views.login, name="openid_connect_login"),
    path("oidc/<slug:provider_id>/login/callback/", views.callback, name="openid_connect_callback"),
]
