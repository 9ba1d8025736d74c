from space.models.access import AccessAsked
from space.models.change import ChangeRequest

__all__ = ["AccessAsked", "ChangeRequest"]
