"""The back office of the member's space."""

from space.admin import changes, papers, requests

__all__ = ["changes", "papers", "requests"]
