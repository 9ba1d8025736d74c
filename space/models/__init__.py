from space.models.papers import Attestation, UsefulDocument
from space.models.requests import CannedReply, MemberRequest, RequestMessage, RequestTheme

__all__ = ["Attestation", "CannedReply", "MemberRequest", "RequestMessage", "RequestTheme", "UsefulDocument"]
