from django.apps import AppConfig
from django.db.models.signals import post_migrate


class ContributionsConfig(AppConfig):
    name = "contributions"
    verbose_name = "Cotisations"

    def ready(self) -> None:
        from membership.permissions import ensure_groups

        # Again for this app's permissions, which are made after those of the apps below.
        post_migrate.connect(ensure_groups, sender=self, dispatch_uid="contributions.groups")
