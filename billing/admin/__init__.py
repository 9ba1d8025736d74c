"""The back office of money: invoices and credits, receipts, excesses, bank statements, mandates, collections."""

from billing.admin import collections, excess, files, invoices, lines, mandates, receipts, statements

__all__ = ["collections", "excess", "files", "invoices", "lines", "mandates", "receipts", "statements"]
