"""What the home page of the back office tells of this app."""

from core.alerts import Alert, register
from notifications.models import CallbackRequest

register(
    Alert(
        "callbacks",
        permission="notifications.view_callbackrequest",
        rows=lambda: CallbackRequest.objects.filter(done_at=None),
        one="1 personne attend d’être rappelée",
        many="{} personnes attendent d’être rappelées",
        url_name="admin:notifications_callbackrequest_changelist",
        query="?done_at__isempty=1",
    )
)
