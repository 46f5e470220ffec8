"""Settings under test: the same, with COUNTERSIGN_TESTING set before they are read."""

import os

os.environ["COUNTERSIGN_TESTING"] = "1"
os.environ.pop("COUNTERSIGN_DEMO", None)

from config.settings import *  # noqa: E402, F403

# Files are found when they are asked for: looking through all of them took 50 ms a test client.
WHITENOISE_AUTOREFRESH = True

# Pages are read with django-zeal beside them: a query for each row of a list fails its test.
INSTALLED_APPS = [*INSTALLED_APPS, "zeal"]  # noqa: F405  from the settings above
MIDDLEWARE = ["tests.zealous.PageMiddleware", *MIDDLEWARE]  # noqa: F405  from the settings above
# Django itself reads a session a second time to end it.
ZEAL_ALLOWLIST = [{"model": "sessions.Session", "field": "get*"}]
