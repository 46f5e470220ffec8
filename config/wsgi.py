"""The door of the web server."""

import gc
import os

from config.lean import describe_nothing, leave_out

leave_out()
describe_nothing()

from django.conf import settings  # noqa: E402  what is left out must be so first
from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.urls import get_resolver  # noqa: E402

from config.engine import begin  # noqa: E402

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
application = get_wsgi_application()
if not settings.TESTING:
    begin("web")
# Loaded before the workers are forked, and left alone by their collectors: they share it.
_patterns = get_resolver().url_patterns
gc.collect()
gc.freeze()
