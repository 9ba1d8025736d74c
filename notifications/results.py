"""How a sending can fail. What comes back without one of these was sent."""

from __future__ import annotations


class NotSent(Exception):
    """The message is the French sentence staff read in the back office. It quotes no personal data of ours."""


class Rejected(NotSent):
    """For good: the other side will not take this message."""


class Later(NotSent):
    """For now. `ambiguous`: it may have been received all the same. `gateway_down`: nothing else will pass either."""

    def __init__(self, message: str, *, ambiguous: bool = False, gateway_down: bool = False) -> None:
        super().__init__(message)
        self.ambiguous = ambiguous
        self.gateway_down = gateway_down
