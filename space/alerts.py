"""What the home page of the back office tells of this app."""

from core.alerts import Alert, register
from membership.permissions import ANSWER, DECIDE
from space.models import ChangeRequest, MemberRequest
from space.request_states import State

register(
    Alert(
        "change-requests",
        permission=DECIDE,
        rows=lambda: ChangeRequest.objects.filter(state=ChangeRequest.State.WAITING),
        one="1 demande de modification d’entreprise à vérifier",
        many="{} demandes de modification d’entreprise à vérifier",
        url_name="admin:space_changerequest_changelist",
        query=f"?state__exact={ChangeRequest.State.WAITING}",
    ),
    Alert(
        "member-requests",
        permission=ANSWER,
        rows=lambda: MemberRequest.objects.filter(state=State.OPEN),
        one="1 demande d’adhérent à traiter",
        many="{} demandes d’adhérents à traiter",
        url_name="admin:space_memberrequest_changelist",
    ),
)
