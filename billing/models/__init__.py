from billing.models.invoice import Invoice, Mode, Receipt
from billing.models.statement import BankStatement, Proposal, StatementLine

__all__ = ["BankStatement", "Invoice", "Mode", "Proposal", "Receipt", "StatementLine"]
