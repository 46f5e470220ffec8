"""Pages: the classification of a system under the Act."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
