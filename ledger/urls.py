"""The ledger's one public address."""

from django.urls import path

from ledger import views

urlpatterns = [path("ledger/checkpoint", views.checkpoint, name="ledger_checkpoint")]
