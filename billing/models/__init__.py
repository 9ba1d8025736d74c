from billing.models.collection import Collection, CollectionFile
from billing.models.invoice import Invoice, Receipt
from billing.models.mandate import Mandate
from billing.models.statement import Statement, StatementLine

__all__ = ["Collection", "CollectionFile", "Invoice", "Mandate", "Receipt", "Statement", "StatementLine"]
