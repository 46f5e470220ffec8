"""The registry: people, units, roles, systems, versions, deployments."""

from django.apps import AppConfig

from outbox import sweep_jobs, timer_kinds
from registry.verbs import register_verbs


class RegistryConfig(AppConfig):
    """Registers the verbs of things and people, and the checks at the gates of a life."""

    name = "registry"

    def ready(self) -> None:
        """Register verbs and the registry's own gate checks."""
        from registry import gates  # noqa: PLC0415  needs models
        from registry.access import predicates  # noqa: F401, PLC0415  object rules, by name
        from registry.selectors import (  # noqa: PLC0415  need models
            finding,
            past,
            readiness,
            readiness_in_writing,
        )
        from registry.services import handovers  # noqa: PLC0415  needs models
        from registry.services.concerns import UNREAD, fire_unread  # noqa: PLC0415  needs models
        from registry.services.exchange.applying import JOB, apply_waiting  # noqa: PLC0415
        from registry.services.files import sweep_orphans  # noqa: PLC0415  needs models
        from registry.services.keeping import register_keeping  # noqa: PLC0415  needs models
        from registry.services.naming import register_naming  # noqa: PLC0415  needs models
        from registry.services.notices import register_contacts  # noqa: PLC0415  needs models
        from registry.services.token_endings import announce_endings  # noqa: PLC0415  needs models

        register_verbs()
        timer_kinds.register(UNREAD, lock=timer_kinds.lock_nothing, fire=fire_unread)
        sweep_jobs.register("orphaned files", sweep_orphans)
        sweep_jobs.register("ending tokens", announce_endings)
        handovers.register_duties()
        register_keeping()
        register_naming()
        register_contacts()
        finding.register_found()
        past.register_past()
        sweep_jobs.register(JOB, apply_waiting)
        checks = readiness_in_writing.CHECKS | readiness.CHECKS
        for (edge, name), check in checks.items():
            gates.register(edge, name, check)
