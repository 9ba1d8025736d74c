"""The page of a request in the back office: the thread, an answer to write, who looks after it, notes.

An answer carries the version of the request that was on the page. When the company or a colleague acted since, the page
comes back with who did what on top (409), and everything that was typed.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse

from core.acting import posted_version
from core.forms import GuichetForm, LongText
from core.journal import Actor, timeline
from core.kept import sent_to
from core.text import small_int
from core.transitions import Refused
from documents.downloads import serve
from membership.admin import words
from membership.admin.forms import staff
from membership.permissions import ANSWER
from space import canned, request_files, requests
from space.admin.request_list import ME, NOBODY, team
from space.models import MemberRequest
from space.request_states import TONES, State

ENTRIES = 200
_VERBS = {"reply": requests.reply, "ask": requests.ask, "close": requests.close}
_DONE = {
    "reply": "La réponse est envoyée ; l’entreprise en est prévenue par courriel.",
    "ask": "La précision est demandée ; la demande attend l’entreprise.",
    "close": "La réponse est envoyée et la demande clôturée.",
}
RELATED = ("theme", "member__establishment", "assigned_to", "author")


class ReplyForm(GuichetForm):
    text = LongText(label="Votre réponse", rows=9, help_text="L’entreprise lit ce texte tel quel.")


class NoteForm(GuichetForm):
    note = LongText(label="Note interne", rows=3, help_text="Visible par le service uniquement.")


class KeeperForm(GuichetForm):
    to = forms.ChoiceField(
        label="Suivi par", choices=team, error_messages={"required": "Choisissez à qui confier la demande."}
    )


def show(request: HttpRequest, found: MemberRequest) -> HttpResponse:
    if sent := sent_to(request, "admin:space_memberrequest_answer"):
        return _page(request, found, form=ReplyForm(sent[1]), key=sent[0]["message_pk"])
    if sent := sent_to(request, "admin:space_memberrequest_note"):
        return _page(request, found, note_form=NoteForm(sent[1]))
    return _page(request, found)


def act(request: HttpRequest, pk: UUID, message_pk: UUID) -> HttpResponse:
    """Answer, ask, close; or insert a ready reply, or take off a file: these send nothing."""
    found = _allowed(request, pk)
    text, doing = request.POST.get("text", ""), request.POST.get("do", "")
    form = ReplyForm(request.POST)
    if "insert" in request.POST:
        text = _inserted(request, found, text)
        return _page(request, found, form=ReplyForm(initial={"text": text}), key=message_pk)
    by, problems, status = Actor.staff(request.user), [], 422
    try:
        message = requests.draft_answer(found, message_pk, author=request.user, by=by, text=text, from_staff=True)
        problems = request_files.take(message, request.FILES.getlist("files"), user=request.user, by=by.name)
        if "remove" in request.POST:
            request_files.drop(message, request.POST["remove"])
            return _page(request, found, form=ReplyForm(initial={"text": text}), key=message_pk)
        if doing not in _VERBS:
            problems.append(("", "Choisissez ce qu’il faut faire de votre réponse."))
        if form.is_valid() and not problems:
            _VERBS[doing](message, by=by, seen=posted_version(request))
            messages.success(request, _DONE[doing])
            return _back(pk)
    except Refused as refusal:
        problems, status = [("", f"{refusal} Votre texte est resté ci-dessous.")], 409
        found = _found(pk)
    return _page(request, found, form=form, key=message_pk, problems=[*form.problems, *problems], status=status)


def assign(request: HttpRequest, pk: UUID) -> HttpResponse:
    found = _allowed(request, pk)
    wanted = request.POST.get("to", "")
    to = staff().filter(pk=request.user.pk if wanted == ME else uuid_or_none(wanted)).first()
    if to is None and wanted != NOBODY:
        messages.error(request, "Cette personne ne fait plus partie de l’équipe : choisissez-en une autre.")
        return _back(pk)
    try:
        requests.assign(found, to=to, by=Actor.staff(request.user), seen=posted_version(request))
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        done = f"Demande confiée à {Actor.staff(to).name}." if to else "Demande remise dans la file commune."
        messages.success(request, done)
    return _back(pk)


def note(request: HttpRequest, pk: UUID) -> HttpResponse:
    found = _allowed(request, pk)
    form = NoteForm(request.POST)
    if not form.is_valid():
        return _page(request, found, note_form=form, problems=form.problems, status=422)
    requests.note(found, form.cleaned_data["note"], by=Actor.staff(request.user))
    messages.success(request, "La note est ajoutée à l’historique.")
    return _back(pk)


def file(request: HttpRequest, pk: UUID, upload_pk: UUID) -> HttpResponse:
    if not request.user.has_perm("space.view_memberrequest"):
        raise PermissionDenied
    files = request_files.readable_files(_found(pk), request.user, staff=True)
    return serve(get_object_or_404(files, pk=upload_pk), inline=True)


def uuid_or_none(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _found(pk: UUID) -> MemberRequest:
    return get_object_or_404(MemberRequest.objects.sent().select_related(*RELATED), pk=pk)


def _allowed(request: HttpRequest, pk: UUID) -> MemberRequest:
    if not request.user.has_perm(ANSWER):
        raise PermissionDenied
    return _found(pk)


def _back(pk: UUID) -> HttpResponseRedirect:
    return HttpResponseRedirect(reverse("admin:space_memberrequest_change", args=[pk]))


def _inserted(request: HttpRequest, found: MemberRequest, typed: str) -> str:
    """What was typed, then the ready reply chosen: nothing is replaced."""
    reply = canned.replies_for(found).filter(pk=small_int(request.POST.get("canned", ""), 8)).first()
    if reply is None:
        messages.warning(request, "Choisissez une réponse type dans la liste.")
        return typed
    return "\n\n".join(part for part in (typed.strip(), canned.filled(reply, found)) if part)


def _page(
    request: HttpRequest,
    found: MemberRequest,
    *,
    form: ReplyForm | None = None,
    key: UUID | None = None,
    note_form: NoteForm | None = None,
    problems: list[tuple[str, str]] | None = None,
    status: int = 200,
) -> HttpResponse:
    thread = list(found.messages.filter(sent_at__isnull=False))
    drafts = found.messages.filter(sent_at=None, from_staff=True, author=request.user)
    draft = drafts.filter(pk=key).first() if key else drafts.order_by("-created_at").first()
    files = request_files.attached([*thread, *([draft] if draft else [])])
    due, due_tone = words.due(found.due_on)
    may_answer = request.user.has_perm(ANSWER)
    keeper = str(found.assigned_to_id or NOBODY)
    context: dict[str, Any] = {
        **admin.site.each_context(request),
        "title": f"{'Erreur : ' if problems else ''}{found.subject} · {found.reference}",
        "mine": found,
        "tone": TONES[State(found.state)] if found.state != State.WAITING else "",
        "due": due,
        "due_tone": due_tone,
        "thread": [(message, files.get(message.pk, [])) for message in thread],
        "may_answer": may_answer,
        "may_see_members": request.user.has_perm("membership.view_member"),
        "form": form or ReplyForm(initial={"text": draft.text if draft else ""}),
        "key": key or (draft.pk if draft else uuid4()),
        "kept": files.get(draft.pk, []) if draft else [],
        "replies": list(canned.replies_for(found)) if may_answer and found.in_hand else [],
        "keeper_form": KeeperForm(initial={"to": keeper}) if may_answer else None,
        "note_form": note_form or NoteForm(),
        "problems": problems or [],
        "entries": timeline(found, staff=True).order_by("-at", "-pk")[:ENTRIES],
    }
    return TemplateResponse(request, "admin/space/request.html", context, status=status)
