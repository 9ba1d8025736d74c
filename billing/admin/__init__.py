"""The back office of money: invoices and credits, receipts, bank statements."""

from billing.admin import invoices, lines, receipts, statements

__all__ = ["invoices", "lines", "receipts", "statements"]
