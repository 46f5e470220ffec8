"""Pages: suppliers, their products and notices."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
