"""The whole organisation as one signed archive, and back into an empty database."""

from reports.services.organisation.requesting import request_export, write_waiting
from reports.services.organisation.restoring import Restored, restore_organisation
from reports.services.organisation.writing import Written, write_organisation

__all__ = [
    "Restored",
    "Written",
    "request_export",
    "restore_organisation",
    "write_organisation",
    "write_waiting",
]
