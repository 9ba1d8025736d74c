import logging

from django.apps import AppConfig
from django.conf import settings


class DemoConfig(AppConfig):
    """Present only in the demonstration (GUICHET_DEMO=1)."""

    name = "demo"
    verbose_name = "Démonstration"

    def ready(self) -> None:
        from demo.mailbox import keep_sms
        from notifications import sms

        if settings.HTTPS:
            logging.getLogger(__name__).warning("GUICHET_DEMO is on at a public address: /boite/ is open to everybody")
        if not settings.SMS_URL:
            sms.deliver_with(keep_sms)
