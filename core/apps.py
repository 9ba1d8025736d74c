from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class CoreConfig(AppConfig):
    name = "core"
    verbose_name = "Socle"

    def ready(self) -> None:
        from core import brand  # noqa: F401  registers the check of the operator's colour and hours

        autodiscover_modules("alerts")
