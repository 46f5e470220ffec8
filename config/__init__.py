"""Settings, addresses, and what knows every floor."""

from config.celery import app as celery_app

__all__ = ["celery_app"]
