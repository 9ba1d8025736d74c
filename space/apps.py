from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class SpaceConfig(AppConfig):
    name = "space"
    verbose_name = "Espace adhérent"

    def ready(self) -> None:
        autodiscover_modules("space_menu")
