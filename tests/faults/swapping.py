"""Taking a piece of the product out: a function is replaced wherever a module holds it."""

import sys
from importlib import import_module


def swap(place, make, *, everywhere=True):
    """Replace what stands at 'package.module:name' or ':Class.name' by `make(original)`.

    Whatever module holds the same object under some name, or in a table of its own, gets the
    replacement too, unless `everywhere` is False.
    """
    module_name, _, path = place.partition(":")
    owner = import_module(module_name)
    *outer, name = path.split(".")
    for one in outer:
        owner = getattr(owner, one)
    original = getattr(owner, name)
    replacement = make(original)
    setattr(owner, name, replacement)
    if outer or not everywhere:
        return
    for module in list(sys.modules.values()):
        _replace(getattr(module, "__dict__", {}), original, replacement)


def _replace(names, original, replacement):
    for name, value in list(names.items()):
        if value is original:
            names[name] = replacement
        elif type(value) is dict:
            for key, one in list(value.items()):
                if one is original:
                    value[key] = replacement


def answer(place, value):
    """Let a function answer the same whatever it is asked."""
    swap(place, lambda original: lambda *args, **kwargs: value)
