"""The back office of contributions."""

from contributions.admin import campaign, declarations

__all__ = ["campaign", "declarations"]
