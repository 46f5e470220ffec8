"""What a supplier's notice came to, system by system (REG-10)."""

from django.db import models

from incidents.models import Incident
from ledger.governed import Recorded
from registry.models import SupplierNotice, System


class NoticeCase(Recorded):
    """A system that uses what a notice is about; its incident, or none as it is not live.

    `lifecycle` is where the system stood then. Append-only.
    """

    id = models.BigAutoField(primary_key=True)
    notice = models.ForeignKey(SupplierNotice, models.PROTECT, related_name="cases")
    system = models.ForeignKey(System, models.PROTECT, related_name="notice_cases")
    incident = models.ForeignKey(Incident, models.PROTECT, null=True, related_name="notices")
    lifecycle = models.CharField(max_length=12, choices=System.Lifecycle.choices)
    products = models.TextField()
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["notice", "system"], name="notice_case_once"),
        ]

    def __str__(self) -> str:
        return f"{self.notice_id} {self.system_id}"
