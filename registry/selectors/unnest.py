"""The values of an array as rows, for what is looked up each by itself."""

from django.db.models import Func


class Unnest(Func):
    """The values of an array, one a row."""

    function = "unnest"
    set_returning = True
