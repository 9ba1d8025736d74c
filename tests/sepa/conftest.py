from __future__ import annotations

import pytest

from notifications import sms


@pytest.fixture
def sms_gateway(settings) -> None:
    """SMS can be sent; they stay in the outbox."""
    settings.SMS_URL = "https://sms.example/send"
    assert sms.sms_available()
