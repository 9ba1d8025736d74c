"""The back office of the member's space."""

from space.admin import changes

__all__ = ["changes"]
