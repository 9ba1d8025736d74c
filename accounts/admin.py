from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.admin import GroupAdmin
from django.contrib.auth.models import Group
from django.db import transaction
from django.db.models import ManyToManyField, QuerySet
from django.forms import CheckboxSelectMultiple
from django.http import HttpRequest
from django.utils import timezone

from accounts.activation import ACTIVATION
from accounts.models import User
from accounts.welcome import welcome
from core.models import AccessLink

_RIGHTS = ["is_staff", "is_superuser", "groups"]
# Django's pair of lists needs JavaScript and is not accessible; boxes are, and show everything at once.
BOXES = {ManyToManyField: {"widget": CheckboxSelectMultiple}}

admin.site.unregister(Group)


@admin.register(Group)
class RightsAdmin(GroupAdmin):
    """The groups and what each may do."""

    filter_horizontal = ()
    formfield_overrides = BOXES


@admin.register(User)
class UserAdmin(admin.ModelAdmin):
    """The accounts. Nobody types somebody else’s password: each person chooses it by an activation link (D-02)."""

    list_display = ["email", "first_name", "last_name", "is_staff", "is_active", "last_login"]
    list_filter = ["is_staff", "is_active", "groups"]
    search_fields = ["email", "first_name", "last_name"]
    list_per_page = 50
    show_full_result_count = False
    formfield_overrides = BOXES
    actions = ["send_link"]

    def get_fields(self, request: HttpRequest, obj: User | None = None) -> list[str]:
        known = ["is_active", "last_login", "date_joined"] if obj else []
        return ["email", "first_name", "last_name", *_RIGHTS, *known]

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> list[str]:
        """Only a superuser gives rights: otherwise who may edit accounts could give himself all of them."""
        return ["last_login", "date_joined", *([] if request.user.is_superuser else _RIGHTS)]

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """What a person did keeps his name: an account is closed by unticking « actif »."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        if obj is not None and obj.is_superuser and not request.user.is_superuser:
            return False
        return super().has_change_permission(request, obj)

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        if change:
            with transaction.atomic():
                super().save_model(request, obj, form, change)
                if "email" in form.changed_data:  # a link sent to the wrong address opens the account no more
                    links = AccessLink.objects.alive().about(obj).filter(purpose=ACTIVATION)
                    links.update(revoked_at=timezone.now())
            return
        with transaction.atomic():
            obj.set_unusable_password()
            super().save_model(request, obj, form, change)
            welcome(obj)
        self.message_user(request, f"Un lien d’activation part vers {obj.email}.", messages.SUCCESS)

    @admin.action(description="Envoyer un lien pour choisir le mot de passe", permissions=["change"])
    def send_link(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        for user in queryset.filter(is_active=True):
            if self.has_change_permission(request, user):
                welcome(user)
                self.message_user(request, f"Un lien part vers {user.email}.", messages.SUCCESS)
