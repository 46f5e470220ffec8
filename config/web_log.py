"""The web server's logger: the pages of concerns are in no access log, addresses in no warning.

A calendar's address is a secret: the access log says only that one was read.
"""

import re
from typing import Any

from gunicorn.glogging import Logger  # type: ignore[import-untyped]

from config.nameless import is_nameless

CALENDAR = "/calendar/"
ADDRESS = re.compile(r" from ip=.*?(?=: |$)")


class NamelessLogger(Logger):  # type: ignore[misc]  # gunicorn is untyped
    """Writes what gunicorn's own does, but nothing that says who uses the pages of concerns."""

    def access(self, resp: Any, req: Any, environ: dict[str, Any], request_time: Any) -> None:
        """Write a line of the access log, where there is one, unless the path is nameless."""
        path = str(environ.get("PATH_INFO", ""))
        if is_nameless(path):
            return
        if path.startswith(CALENDAR):
            environ = environ | {"PATH_INFO": CALENDAR, "RAW_URI": CALENDAR, "QUERY_STRING": ""}
        super().access(resp, req, environ, request_time)

    def warning(self, msg: str, *args: Any, **kwargs: Any) -> None:
        """Write a warning; one about a request that could not be read names no address.

        Nobody knows then which page it was for.
        """
        super().warning(ADDRESS.sub("", msg), *args, **kwargs)
