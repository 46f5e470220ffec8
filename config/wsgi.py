"""The door of the web server."""

import gc
import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

from config.engine import begin

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
application = get_wsgi_application()
if not settings.TESTING:
    begin("web")
# Loaded before the workers are forked, and left alone by their collectors: they share it.
_patterns = get_resolver().url_patterns
gc.collect()
gc.freeze()
