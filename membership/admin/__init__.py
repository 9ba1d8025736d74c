"""The back office of the membership: the work queue, the page of a dossier, the reference data."""

from membership.admin import dossier, members, reference

__all__ = ["dossier", "members", "reference"]
