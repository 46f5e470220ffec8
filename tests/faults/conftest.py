"""The walks' clock and gateway serve here too."""

from tests.walks.conftest import monday

__all__ = ["monday"]
