from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class CoreConfig(AppConfig):
    name = "core"
    verbose_name = "Socle"

    def ready(self) -> None:
        from core import brand, scanner  # noqa: F401  each registers a check of the settings

        autodiscover_modules("alerts")
