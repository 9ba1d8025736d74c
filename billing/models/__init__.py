from billing.models.collection import Collection, CollectionFile
from billing.models.excess import ExcessUse
from billing.models.invoice import Invoice, Mode, Receipt
from billing.models.mandate import Mandate
from billing.models.statement import BankStatement, Proposal, StatementLine

__all__ = [
    "BankStatement",
    "Collection",
    "CollectionFile",
    "ExcessUse",
    "Invoice",
    "Mandate",
    "Mode",
    "Proposal",
    "Receipt",
    "StatementLine",
]
