from django.apps import AppConfig
from django.db.models.signals import post_migrate


class MembershipConfig(AppConfig):
    name = "membership"
    verbose_name = "Adhésions"

    def ready(self) -> None:
        from documents import held
        from membership import refused_files
        from membership.models import Application
        from membership.permissions import ensure_groups

        held.register(Application, refused_files.tell)
        post_migrate.connect(ensure_groups, sender=self, dispatch_uid="membership.groups")
