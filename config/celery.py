"""Celery: carries hints and heavy work. Losing every message delays work by one sweep at most."""

import os

from celery import Celery
from celery.signals import worker_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
app = Celery("countersign")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_init.connect
def _begin(**given: object) -> None:
    """Take over, or stop where a newer engine runs."""
    from config.engine import begin  # noqa: PLC0415  needs the models, which are loaded by now

    begin("worker")
