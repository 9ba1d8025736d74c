"""The back office of money: invoices and credits, receipts, bank statements, mandates, collections."""

from billing.admin import collections, files, invoices, lines, mandates, receipts, statements

__all__ = ["collections", "files", "invoices", "lines", "mandates", "receipts", "statements"]
