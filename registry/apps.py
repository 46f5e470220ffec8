"""The registry: people, units, roles, systems, versions, deployments."""

from django.apps import AppConfig

from registry.verbs import register_verbs


class RegistryConfig(AppConfig):
    """Registers the verbs of things and people."""

    name = "registry"

    def ready(self) -> None:
        """Register verbs."""
        register_verbs()
