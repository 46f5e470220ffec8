"""The registry: people, units, roles, systems, versions, deployments."""

from django.apps import AppConfig

from registry.verbs import register_verbs


class RegistryConfig(AppConfig):
    """Registers the verbs of things and people, and the checks at the gates of a life."""

    name = "registry"

    def ready(self) -> None:
        """Register verbs and the registry's own gate checks."""
        from registry import gates  # noqa: PLC0415  needs models
        from registry.selectors import past, readiness  # noqa: PLC0415  needs models

        register_verbs()
        past.register_past()
        gates.register("assess", "classified", readiness.classified)
        gates.register("start_pilot", "approved version", readiness.has_approved_version)
        gates.register("go_live", "runs with fallback", readiness.runs_with_fallback)
        for edge in ("approve", "start_pilot", "go_live", "resume"):
            gates.register(edge, "permitted", readiness.permitted)
