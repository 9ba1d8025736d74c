from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.admin import GroupAdmin
from django.contrib.auth.models import Group
from django.db import transaction
from django.db.models import ManyToManyField, QuerySet
from django.forms import CheckboxSelectMultiple
from django.http import HttpRequest
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts import changes, notices
from accounts.activation import ACTIVATION
from accounts.models import AppDevice, RecoveryDevice, TrustedBrowser, User
from accounts.passwords import RESET, send_reset, void_links
from accounts.welcome import welcome
from core.exporting import ExportMixin, column
from core.formfields import PhoneField
from core.identifiers import format_phone
from core.journal import Actor
from core.sheets import Column
from core.text import counted

_RIGHTS = ["is_staff", "is_superuser", "groups"]
# Django's pair of lists needs JavaScript and is not accessible; boxes are, and show everything at once.
BOXES = {ManyToManyField: {"widget": CheckboxSelectMultiple}}

admin.site.unregister(Group)
# Nobody reads somebody else's secrets: staff see how many there are, and take them away.
admin.site.unregister([StaticDevice, TOTPDevice])


@admin.register(Group)
class RightsAdmin(GroupAdmin):
    """The groups and what each may do. Only a superuser gives rights: who is in a group could give himself all."""

    filter_horizontal = ()
    formfield_overrides = BOXES

    def has_add_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_superuser)

    def has_change_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        return bool(request.user.is_superuser)

    def has_delete_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        return bool(request.user.is_superuser)


@admin.register(User)
class UserAdmin(ExportMixin, admin.ModelAdmin):
    """The accounts. Nobody types somebody else’s password: each person chooses it by an activation link (D-02)."""

    list_display = ["email", "first_name", "last_name", "is_staff", "is_active", "last_login"]
    list_filter = ["is_staff", "is_active", "groups"]
    search_fields = ["email", "first_name", "last_name"]
    list_per_page = 50
    show_full_result_count = False
    formfield_overrides = BOXES
    actions = ["send_link", "reset_factor"]
    export_name = "comptes"
    export_columns = [
        column("Adresse électronique", "email", 36),
        column("Nom", "last_name", 24),
        column("Prénom", "first_name", 24),
        column("Équipe", "is_staff", 8),
        column("Actif", "is_active", 8),
        (Column("Groupes", 30), lambda user: ", ".join(group.name for group in user.groups.all())),
        column("Créé le", "date_joined", 12),
        column("Dernière connexion", "last_login", 14),
    ]

    def export_queryset(self, rows: QuerySet[User]) -> QuerySet[User]:
        return rows.defer("password").prefetch_related("groups")

    def get_fields(self, request: HttpRequest, obj: User | None = None) -> list[str]:
        known = ["is_active", "phone_shown", "second_step", "last_login", "date_joined"] if obj else []
        return ["email", "first_name", "last_name", "direct_line", *_RIGHTS, *known]

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "direct_line":
            return PhoneField(label="Ligne directe", required=False, help_text=db_field.help_text)
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> list[str]:
        """Only a superuser gives rights: otherwise who may edit accounts could give himself all of them."""
        shown = ["phone_shown", "second_step", "last_login", "date_joined"]
        return [*shown, *([] if request.user.is_superuser else _RIGHTS)]

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest | None = None) -> bool:
        """Filtering by the start of a hash would tell it letter after letter."""
        return not lookup.startswith("password") and super().lookup_allowed(lookup, value, request)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """What a person did keeps his name: an account is closed by unticking « actif »."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """An account of the team is a superuser's business: another address and a link would give its rights away."""
        if obj is not None and (obj.is_staff or obj.is_superuser) and not request.user.is_superuser:
            return False
        return super().has_change_permission(request, obj)

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        if change:
            with transaction.atomic():
                super().save_model(request, obj, form, change)
                if "email" in form.changed_data:  # a link sent to the wrong address opens the account no more
                    void_links(obj, ACTIVATION, RESET)
                    what = f"L’adresse électronique est maintenant {obj.email}."
                    notices.changed(obj, what, to=form.initial["email"], by=Actor.staff(request.user))
            return
        with transaction.atomic():
            obj.set_unusable_password()
            super().save_model(request, obj, form, change)
            welcome(obj)
        self.message_user(request, f"Un lien d’activation part vers {obj.email}.", messages.SUCCESS)

    @admin.action(description="Envoyer un lien pour choisir le mot de passe", permissions=["change"])
    def send_link(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """Of fourteen days to who has no password yet; whoever has one gets what « Mot de passe oublié » sends."""
        for user in queryset.filter(is_active=True):
            if self.has_change_permission(request, user):
                if user.has_usable_password():
                    send_reset(user.email)
                    life = "cinq minutes"
                else:
                    welcome(user)
                    life = "quatorze jours"
                self.message_user(request, f"Un lien valable {life} part vers {user.email}.", messages.SUCCESS)

    @admin.action(description="Réinitialiser le second facteur", permissions=["change"])
    def reset_factor(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """For who has lost the telephone, once staff are sure who is calling."""
        for user in queryset:
            if self.has_change_permission(request, user):
                changes.reset_factor(user, Actor.staff(request.user))
                self.log_change(request, user, "Second facteur réinitialisé.")
                self.message_user(request, f"Le prochain code de {user.email} partira par courriel.", messages.SUCCESS)

    @admin.display(description="téléphone")
    def phone_shown(self, user: User) -> str:
        return format_phone(user.phone) if user.phone else "Aucun"

    @admin.display(description="second facteur")
    def second_step(self, user: User) -> str:
        """What the person can pass it with, in numbers."""
        ways = (
            ["application d’authentification"] if AppDevice.objects.filter(user=user, confirmed=True).exists() else []
        )
        recovery = RecoveryDevice.objects.filter(user=user).first()
        if recovery:
            ways.append(counted(recovery.token_set.count(), "code de secours", "codes de secours"))
        browsers = TrustedBrowser.objects.alive(user=user).count()
        ways.append(counted(browsers, "navigateur reconnu", "navigateurs reconnus"))
        return ", ".join(ways)
