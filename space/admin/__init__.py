"""The back office of the member's space."""

from space.admin import papers, requests

__all__ = ["papers", "requests"]
