from django.apps import AppConfig
from django.db.models.signals import post_migrate


class MembershipConfig(AppConfig):
    name = "membership"
    verbose_name = "Adhésions"

    def ready(self) -> None:
        from membership.permissions import ensure_groups

        post_migrate.connect(ensure_groups, sender=self, dispatch_uid="membership.groups")
