"""The back office of billing."""

from billing.admin import collections, files, mandates

__all__ = ["collections", "files", "mandates"]
