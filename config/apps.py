from django.contrib.admin.apps import AdminConfig


class GuichetAdminConfig(AdminConfig):
    """Django's admin, with our own site: its home page is the work queue."""

    default_site = "config.admin.GuichetAdminSite"
