from accounts.models.factor import AppDevice, CodeDevice, RecoveryDevice, TrustedBrowser
from accounts.models.user import User, UserManager, normalise_email

__all__ = [
    "AppDevice",
    "CodeDevice",
    "RecoveryDevice",
    "TrustedBrowser",
    "User",
    "UserManager",
    "normalise_email",
]
