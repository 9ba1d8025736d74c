"""What the home page of the back office tells of this app."""

from billing.models import Invoice, StatementLine
from billing.permissions import HANDLE_MONEY
from core.alerts import Alert, register

register(
    Alert(
        "statement-lines",
        permission=HANDLE_MONEY,
        rows=StatementLine.objects.open,
        one="1 ligne de relevé bancaire à rapprocher",
        many="{} lignes de relevé bancaire à rapprocher",
        url_name="admin:billing_statementline_changelist",
        query=f"?state__exact={StatementLine.State.OPEN}",
    ),
    Alert(
        "overpaid-invoices",
        permission=HANDLE_MONEY,
        rows=Invoice.objects.overpaid,
        one="1 trop-perçu à reporter ou à rembourser",
        many="{} trop-perçus à reporter ou à rembourser",
        url_name="admin:billing_invoice_changelist",
        query="?etat=excess",
    ),
)
