from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.urls import reverse
from django.utils.module_loading import autodiscover_modules


class SpaceConfig(AppConfig):
    name = "space"
    verbose_name = "Espace adhérent"

    def ready(self) -> None:
        from billing import addressees
        from documents import held
        from membership.models import Member
        from membership.permissions import ensure_groups
        from space import refused_files
        from space.models import RequestMessage

        held.register(RequestMessage, refused_files.tell)
        addressees.register_papers(Member, lambda key: reverse("space:documents", args=[key]))
        # Again after this app, whose permissions are not there yet when those of membership are given.
        post_migrate.connect(ensure_groups, sender=self, dispatch_uid="space.groups")
        autodiscover_modules("space_menu")
