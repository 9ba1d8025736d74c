"""What the home page of the back office tells of this app."""

from core.alerts import Alert, register
from notifications.models import CallbackRequest, Message

register(
    Alert(
        "failed-messages",
        permission="notifications.change_message",
        rows=lambda: Message.objects.filter(state=Message.State.FAILED, handled_at=None),
        one="1 message n’a pas pu être remis",
        many="{} messages n’ont pas pu être remis",
        url_name="admin:notifications_message_changelist",
        query="?state__exact=failed&handled_at__isempty=1",
    ),
    Alert(
        "letters",
        permission="notifications.change_message",
        rows=lambda: Message.objects.filter(channel=Message.Channel.LETTER, state__in=Message.WAITING),
        one="1 courrier à imprimer",
        many="{} courriers à imprimer",
        url_name="admin:notifications_message_changelist",
        query="?channel__exact=letter&state__in=queued,retry",
    ),
    Alert(
        "callbacks",
        permission="notifications.view_callbackrequest",
        rows=lambda: CallbackRequest.objects.filter(done_at=None),
        one="1 personne attend d’être rappelée",
        many="{} personnes attendent d’être rappelées",
        url_name="admin:notifications_callbackrequest_changelist",
        query="?done_at__isempty=1",
    ),
)
