from core.models.asked import Asked
from core.models.code import OneTimeCode
from core.models.finding import Finding
from core.models.journal import JournalEntry
from core.models.link import AccessLink
from core.models.reference import Commune, Naf, Postcode
from core.models.rows import PendingRow
from core.models.sequence import Sequence
from core.models.subject import SubjectMixin, SubjectQuerySet

__all__ = [
    "AccessLink",
    "Asked",
    "Commune",
    "Finding",
    "JournalEntry",
    "Naf",
    "OneTimeCode",
    "PendingRow",
    "Postcode",
    "Sequence",
    "SubjectMixin",
    "SubjectQuerySet",
]
