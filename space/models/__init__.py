from space.models.access import AccessAsked
from space.models.change import ChangeRequest
from space.models.papers import Attestation, UsefulDocument
from space.models.requests import CannedReply, MemberRequest, RequestMessage, RequestTheme

__all__ = [
    "AccessAsked",
    "Attestation",
    "CannedReply",
    "ChangeRequest",
    "MemberRequest",
    "RequestMessage",
    "RequestTheme",
    "UsefulDocument",
]
