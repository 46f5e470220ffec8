"""Changes of people, roles, systems and signatures are noted for reconciliation."""

from ledger.append_only import Grouped, watch


class Migration(Grouped):
    dependencies = [("registry", "0004_guards"), ("ledger", "0007_net")]

    operations = [
        watch("registry_workcalendar"),
        watch("registry_unit"),
        watch("registry_user", ignored=["last_login", "theme"]),
        watch("registry_user_groups"),
        watch("registry_user_user_permissions"),
        watch("registry_roleassignment"),
        watch("registry_leave"),
        watch("registry_delegation"),
        watch("registry_servicetoken", key="token_key", ignored=["last_used_at"]),
        watch("registry_servicetoken_systems"),
        watch("registry_system"),
        watch("registry_systemversion"),
        watch("registry_deployment"),
        watch("registry_lifecyclechange", points=True),
        watch("registry_signature"),
        watch("registry_clockrule"),
        watch("registry_referencerelease"),
    ]
