"""Who somebody is and what he may do: Django's own backend, in fewer queries."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import Group, Permission
from django.db.models import Q

from accounts.models import User

_at_hand: ContextVar[User | None] = ContextVar("user_at_hand", default=None)


@contextmanager
def user_at_hand(user: User | None) -> Iterator[None]:
    """An account that was read already, in case it is the one that is asked for (accounts.middleware)."""
    token = _at_hand.set(user)
    try:
        yield
    finally:
        _at_hand.reset(token)


class AccountBackend(ModelBackend):
    """Asks once for the permissions of a person, his own and his groups', where Django asks twice.

    Every page of the back office needs them; with the second step it would have one query more than it may.
    """

    def get_user(self, user_id: Any) -> Any:
        user = _at_hand.get()
        if user is None or user.pk != user_id:
            return super().get_user(user_id)
        return user if self.user_can_authenticate(user) else None

    def get_all_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        if not isinstance(user_obj, User) or not user_obj.is_active or user_obj.is_superuser or obj is not None:
            return super().get_all_permissions(user_obj, obj)
        if not hasattr(user_obj, "_perm_cache"):
            # Two subqueries by key: joined, the database would go through every permission there is.
            own = User.user_permissions.through.objects.filter(user=user_obj).values("permission")
            groups = Group.permissions.through.objects.filter(group__user=user_obj).values("permission")
            given = Permission.objects.filter(Q(pk__in=own) | Q(pk__in=groups))
            names = given.order_by().values_list("content_type__app_label", "codename")
            user_obj._perm_cache = {f"{app}.{codename}" for app, codename in names}  # type: ignore[attr-defined]
        return user_obj._perm_cache  # type: ignore[attr-defined]
