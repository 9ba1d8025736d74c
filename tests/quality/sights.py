"""What a page of the list is. Names in braces are filled from `scene.Scene.places`."""

from __future__ import annotations

from dataclasses import dataclass, field

NOBODY = ""
EMPLOYER, INVITED, LATE, FORGETFUL, OVERDUE = "employer", "invited", "late", "forgetful", "overdue"
MEMBER, READER, STRANGER, APP = "member", "reader", "stranger", "app"
HALFWAY, HALFWAY_APP = "halfway", "halfway_app"
SUPERUSER, MANAGER, ACCOUNTANT, LEAVING = "superuser", "manager", "accountant", "leaving"
# Of a dossier, as the scene names them.
STATES = [
    "submitted",
    "unpaid",
    "awaiting",
    "asked",
    "checking",
    "complete",
    "accepted",
    "returned",
    "refund",
]


@dataclass(frozen=True)
class Sight:
    """A page as somebody sees it. With `press` it is what a button leads to, once `fill` is typed; it then has the
    status `status`, and the page before it is not judged again. While it is typed, staff reopen the dossier that
    `reopened` names."""

    path: str
    who: str = NOBODY
    status: int = 200
    fill: dict[str, str] = field(default_factory=dict)
    press: str = ""
    reopened: str = ""

    @property
    def name(self) -> str:
        return " ".join(filter(None, [self.path, self.press and f"[{self.press}]", *self.fill.values(), self.who]))
