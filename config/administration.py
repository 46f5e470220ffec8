"""Django's administration pages on a site of ours, which shows and changes nothing."""

from django.contrib.admin.apps import AdminConfig


class ShowingAdminConfig(AdminConfig):
    """Stands in INSTALLED_APPS in the place of django.contrib.admin."""

    default_site = "config.admin.Site"
