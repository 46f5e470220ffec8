"""Pages: who and what a system is for."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
