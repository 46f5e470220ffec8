"""The floor of governance."""

from django.apps import AppConfig

from governance.verbs import register_verbs


class GovernanceConfig(AppConfig):
    """Registers what this floor adds to the registers of the floors below."""

    name = "governance"

    def ready(self) -> None:
        """Register verbs and the kinds of timers."""
        from governance.plugs import register_plugs  # noqa: PLC0415  needs models, loaded only now
        from governance.services.notice_policy import (  # noqa: PLC0415  needs models
            register_notice_policy,
        )

        register_verbs()
        register_plugs()
        register_notice_policy()
