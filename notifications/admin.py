from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST

from core.admin import ReadOnlyAdmin, person_column
from core.dates import today
from core.exporting import ExportMixin, column, moment
from core.identifiers import format_phone
from core.journal import Actor
from core.text import counted
from core.transitions import Refused
from documents.downloads import serve_bytes
from notifications import letters
from notifications.mail import as_text
from notifications.models import CallbackRequest, Message
from notifications.outbox import resend, set_aside


@admin.register(Message)
class MessageAdmin(ExportMixin, ReadOnlyAdmin):
    """Every mail, SMS and letter, what became of it and what to do about it. Nothing is added, changed or deleted."""

    list_display = ["created_at", "state_shown", "channel", "to", "subject_line", "attempts", "sent_at", "doubtful"]
    list_display_links = ["created_at", "to"]
    list_filter = ["state", ("handled_at", admin.EmptyFieldListFilter), "channel", "ambiguous", "created_at"]
    search_fields = ["to", "subject_line"]
    actions = ["resend_selected", "set_aside_selected", "print_selected"]
    fieldsets = [
        (
            None,
            {"fields": ["state_shown", "error", "channel", "to", "subject_line", "files", "handled_at", "handled_by"]},
        ),
        ("Envoi", {"fields": ["created_at", "sent_at", "attempts", "next_attempt_at", "doubtful", "message_id"]}),
        ("Contenu", {"fields": ["text"]}),
    ]
    readonly_fields = ["state_shown", "files", "text", "doubtful"]
    change_form_template = "admin/notifications/message/change_form.html"
    export_name = "messages"
    export_columns = [  # never what is written in it, which may be a personal link or code
        *moment("Créé le", "created_at"),
        column("État", "state_words", 18),
        column("Canal", "get_channel_display", 14),
        column("Destinataire", "to", 36),
        column("Objet", "subject_line", 50),
        column("Essais", "attempts", 8),
        column("Envoyé le", "sent_at", 12),
        column("Peut-être reçu en double", "ambiguous", 14),
        column("Dernière erreur", "error", 50),
    ]

    def has_view_permission(self, request: HttpRequest, obj: Message | None = None) -> bool:
        return super().has_view_permission(request, obj) or self.has_resend_permission(request)

    def has_resend_permission(self, request: HttpRequest) -> bool:
        """Who may change a message may send it again; nobody edits one."""
        return request.user.has_perm("notifications.change_message")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Message]:
        return super().get_queryset(request).defer("content", "secret")

    def get_urls(self) -> list[URLPattern]:
        own = [
            path(address, self.admin_site.admin_view(require_POST(view)), name=f"notifications_message_{name}")
            for address, view, name in (
                ("<uuid:pk>/renvoyer/", self.resend_view, "resend"),
                ("<uuid:pk>/classer/", self.set_aside_view, "set_aside"),
                ("<uuid:pk>/courrier/", self.by_post_view, "by_post"),
                ("<uuid:pk>/imprimer/", self.print_view, "print"),
            )
        ]
        return [*own, *super().get_urls()]

    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> HttpResponse:
        extra = {**(kwargs.pop("extra_context", None) or {}), "may_resend": self.has_resend_permission(request)}
        message = self.get_object(request, unquote(object_id)) if extra["may_resend"] else None
        extra["may_go_by_post"] = message is not None and letters.may_go_by_post(message)
        return super().change_view(request, object_id, *args, extra_context=extra, **kwargs)

    def resend_view(self, request: HttpRequest, pk: Any) -> HttpResponse:
        """The button « Envoyer à nouveau »."""
        if not self.has_resend_permission(request):
            raise PermissionDenied
        again = self._resend(request, get_object_or_404(Message, pk=pk))
        return redirect(reverse("admin:notifications_message_change", args=[again.pk if again else pk]))

    @admin.action(description="Envoyer à nouveau les messages choisis", permissions=["resend"])
    def resend_selected(self, request: HttpRequest, queryset: QuerySet[Message]) -> None:
        for message in queryset:
            self._resend(request, message)

    def _resend(self, request: HttpRequest, message: Message) -> Message | None:
        try:
            again = resend(message, Actor.staff(request.user))
        except Refused as refusal:
            self.message_user(request, f"{message.to} : {refusal}", messages.WARNING)
            return None
        self.log_change(request, again, "Envoyé à nouveau.")
        self.message_user(request, f"Le message « {message} » repart vers {message.to}.", messages.SUCCESS)
        return again

    def set_aside_view(self, request: HttpRequest, pk: Any) -> HttpResponse:
        """The button « Classer »: back to what is left to look at."""
        if not self.has_resend_permission(request):
            raise PermissionDenied
        self._set_aside(request, [get_object_or_404(Message, pk=pk)])
        return redirect(
            f"{reverse('admin:notifications_message_changelist')}?state__exact=failed&handled_at__isempty=1"
        )

    @admin.action(description="Classer les échecs choisis : plus rien à faire", permissions=["resend"])
    def set_aside_selected(self, request: HttpRequest, queryset: QuerySet[Message]) -> None:
        self._set_aside(request, queryset)

    def _set_aside(self, request: HttpRequest, rows: Iterable[Message]) -> None:
        done = sum(set_aside(message, Actor.staff(request.user)) for message in rows)
        level = messages.SUCCESS if done else messages.WARNING
        self.message_user(request, f"{counted(done, 'échec d’envoi classé', 'échecs d’envoi classés')}.", level)

    def by_post_view(self, request: HttpRequest, pk: Any) -> HttpResponse:
        """The button « Envoyer par courrier » of a mail that was refused."""
        if not self.has_resend_permission(request):
            raise PermissionDenied
        try:
            letter = letters.by_post(get_object_or_404(Message, pk=pk), Actor.staff(request.user))
        except Refused as refusal:
            self.message_user(request, str(refusal), messages.WARNING)
            return redirect("admin:notifications_message_change", pk)
        self.message_user(request, f"Le courrier pour {letter.to} est prêt à imprimer.", messages.SUCCESS)
        return redirect("admin:notifications_message_change", letter.pk)

    def print_view(self, request: HttpRequest, pk: Any) -> HttpResponse:
        """The button « Imprimer » of a letter."""
        if not self.has_resend_permission(request):
            raise PermissionDenied
        printed = self._print(request, Message.objects.filter(pk=get_object_or_404(Message, pk=pk).pk))
        return printed or redirect("admin:notifications_message_change", pk)

    @admin.action(description="Imprimer les courriers choisis, en un seul PDF", permissions=["resend"])
    def print_selected(self, request: HttpRequest, queryset: QuerySet[Message]) -> HttpResponse | None:
        return self._print(request, queryset)

    def _print(self, request: HttpRequest, rows: QuerySet[Message]) -> HttpResponse | None:
        """The PDF to print; None, with a sentence on the next page, when there is none."""
        batch = letters.print_batch(rows, Actor.staff(request.user))
        for sentence in batch.problems:
            self.message_user(request, sentence, messages.WARNING)
        if not batch.pdf:
            return None
        return serve_bytes(batch.pdf, f"courriers-{today():%Y-%m-%d}.pdf")

    @admin.display(description="état", ordering="state")
    def state_shown(self, message: Message) -> str:
        return message.state_words

    @admin.display(description="texte")
    def text(self, message: Message) -> str:
        """What the person reads, without the personal link or code."""
        if message.is_letter:
            return "\n".join([*message.content["address"], "", letters.plain_text(message)])
        if message.channel == Message.Channel.MAIL:
            return as_text(message, show_secret=False)
        return message.content["text"] or "(code personnel, montré à son seul destinataire)"

    @admin.display(description="peut-être reçu en double", ordering="ambiguous")
    def doubtful(self, message: Message) -> str:
        """In words: the admin's icons show « no » as an error, and here it is good news."""
        return "oui" if message.ambiguous else "non"

    @admin.display(description="pièces jointes")
    def files(self, message: Message) -> SafeString | str:
        attached = message.attached.select_related("document")
        lines = ((each.document.title, each.document.filename, each.document.get_state_display()) for each in attached)
        return format_html_join("\n", "<div>{} ({}, {})</div>", lines) or "Aucune."


@admin.register(CallbackRequest)
class CallbackRequestAdmin(ExportMixin, admin.ModelAdmin):
    """Who waits for a call; the action marks it as made."""

    list_display = [
        "asked_at",
        "name",
        "phone_shown",
        "slot",
        "topics",
        "done_at",
        person_column("done_by", "rappelé par"),
    ]
    list_filter = [("done_at", admin.EmptyFieldListFilter), "slot"]
    list_select_related = ["done_by"]
    search_fields = ["name", "phone"]
    list_per_page = 50
    show_full_result_count = False
    actions = ["mark_done"]
    export_name = "demandes-de-rappel"
    export_columns = [
        *moment("Demandé le", "asked_at"),
        column("Nom", "name", 30),
        column("Téléphone", "phone", 18, format_phone),
        column("Moment préféré", "get_slot_display", 18),
        column("Sujet", "topic", 50),
        column("Rappelé le", "done_at", 12),
        column("Rappelé par", "done_by.get_full_name", 24),
    ]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: CallbackRequest | None = None) -> list[str]:
        return [field.name for field in CallbackRequest._meta.fields if field.name != "id"]

    @admin.display(description="sujet", ordering="topic")
    def topics(self, row: CallbackRequest) -> SafeString | str:
        """What is asked now, and below it what was asked before: it is answered in the same call."""
        lines = [row.topic or "(sans sujet)", *row.earlier.splitlines()] if row.earlier else [row.topic]
        return format_html_join("", "<div>{}</div>", ((line,) for line in lines))

    @admin.display(description="téléphone", ordering="phone")
    def phone_shown(self, row: CallbackRequest) -> str:
        return format_phone(row.phone)

    @admin.action(description="Marquer comme rappelé", permissions=["change"])
    def mark_done(self, request: HttpRequest, rows: QuerySet[CallbackRequest]) -> None:
        done = rows.filter(done_at=None).update(done_at=timezone.now(), done_by=request.user)
        messages.success(request, f"{counted(done, 'appel marqué comme fait', 'appels marqués comme faits')}.")
