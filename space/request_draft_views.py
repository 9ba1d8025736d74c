"""« Envoyer une demande »: typed, kept as a draft at every step, sent once.

The page's address holds the key of the request to be: the same page sent twice, or reloaded, is the same request.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.html import format_html
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.kept import answers, sent_to
from core.throttle import hit, too_many
from core.transitions import Refused
from documents.models import Upload
from space import request_files, requests
from space.company import Company, company_page, show
from space.models import MemberRequest, RequestMessage, RequestTheme
from space.models.requests import DRAFT_DAYS
from space.request_forms import RequestForm
from space.request_views import ACTIVE, SENT_AN_HOUR


@company_page()
@require_safe
def new(request: HttpRequest, company: Company) -> HttpResponse:
    """An empty page, its theme chosen when the link says so. Nothing is written before something is typed."""
    for page in ("space:request-draft", "space:request-draft-keep"):
        if found := sent_to(request, page):
            return _page(request, company, found[0]["draft_pk"], RequestForm(found[1]))
    theme = RequestTheme.objects.filter(active=True, slug=request.GET.get("theme", "").replace("\0", "")[:40]).first()
    drafts = MemberRequest.objects.filter(member=company.member).drafts_of(request.user)
    form = RequestForm(initial={"theme": theme, "subject": request.GET.get("objet", "")[:120]})
    return _page(request, company, uuid4(), form, drafts=list(drafts.select_related("theme")[:3]))


@company_page()
@require_http_methods(["GET", "HEAD", "POST"])
def draft(request: HttpRequest, company: Company, draft_pk: UUID) -> HttpResponse:
    """Go on with a draft, keep it, or send it."""
    if request.method != "POST":
        return _resume(request, company, draft_pk)
    form = RequestForm(request.POST)
    form.is_valid()
    if _is_blank(request):
        return _page(request, company, draft_pk, form, problems=form.problems, status=422)
    try:
        message = _keep(request, company, draft_pk, form)
        problems = request_files.take(message, request.FILES.getlist("files"), user=request.user, by=company.actor.name)
        if "remove" in request.POST:
            request_files.drop(message, request.POST["remove"])
            return _page(request, company, draft_pk, _unchecked(form), message=message)
        if request.POST.get("action") == "keep" and not problems:
            messages.success(
                request, f"Votre brouillon est enregistré ici, où vous le retrouvez pendant {DRAFT_DAYS} jours."
            )
            return redirect("space:requests", company.member.pk)
        if form.is_valid() and not problems:
            if hit("request-send", str(request.user.pk), limit=SENT_AN_HOUR, seconds=3600):
                return too_many(request)
            requests.send(message.request, by=company.actor)
            return redirect("space:request-sent", company.member.pk, draft_pk)
    except requests.NotYours as refusal:
        raise Http404 from refusal
    except requests.AlreadySent as done:
        return _already_sent(request, company, form, done.request)
    except Refused as refusal:
        return _page(request, company, draft_pk, form, problems=[("", str(refusal))], status=422)
    wrong = [*([] if "remove" in request.POST else form.problems), *problems]
    return _page(request, company, draft_pk, form, message=message, problems=wrong, status=422)


@company_page()
@require_POST
def keep(request: HttpRequest, company: Company, draft_pk: UUID) -> HttpResponse:
    """What the page sends by itself while one types: a line that says the text is safe."""
    form = RequestForm(request.POST)
    form.is_valid()
    if _is_blank(request):
        return HttpResponse("")
    try:
        _keep(request, company, draft_pk, form)
    except requests.NotYours as refusal:
        raise Http404 from refusal
    except Refused as refusal:
        return HttpResponse(format_html("{}", str(refusal)))
    now = timezone.localtime()
    return HttpResponse(f"Brouillon enregistré à {now.hour} h {now.minute:02d}.")


@company_page()
@require_POST
def discard(request: HttpRequest, company: Company, draft_pk: UUID) -> HttpResponse:
    mine = MemberRequest.objects.filter(member=company.member).drafts_of(request.user).filter(pk=draft_pk).first()
    try:
        if mine is not None:
            requests.discard_draft(mine)
        messages.success(request, "Le brouillon est supprimé.")
    except Refused as refusal:
        messages.warning(request, str(refusal))
    return redirect("space:requests", company.member.pk)


def _is_blank(request: HttpRequest) -> bool:
    """Nothing to keep: no draft is made of an empty page."""
    typed = any(request.POST.get(name, "").strip() for name in ("theme", "subject", "text"))
    return not (typed or request.FILES or request.POST.get("remove"))


def _keep(request: HttpRequest, company: Company, pk: UUID, form: RequestForm) -> RequestMessage:
    """Write down what was typed before anything is judged."""
    return requests.keep_draft(
        pk,
        company.member,
        author=request.user,
        by=company.actor,
        theme=form.chosen_theme,
        subject=request.POST.get("subject", ""),
        text=request.POST.get("text", ""),
    )


def _resume(request: HttpRequest, company: Company, pk: UUID) -> HttpResponse:
    if (sent := answers(request)) is not None:
        drafts = RequestMessage.objects.filter(request=pk, request__member=company.member, author=request.user)
        return _page(request, company, pk, RequestForm(sent), message=drafts.filter(sent_at=None).first())
    mine = get_object_or_404(MemberRequest.objects.filter(member=company.member), pk=pk)
    if not mine.is_draft:
        return redirect("space:request", company.member.pk, pk)
    if mine.author_id != request.user.pk:
        raise Http404
    message = get_object_or_404(mine.messages, sent_at=None)
    form = RequestForm(initial={"theme": mine.theme, "subject": mine.subject, "text": message.text})
    return _page(request, company, pk, form, message=message)


def _already_sent(request: HttpRequest, company: Company, form: RequestForm, known: MemberRequest) -> HttpResponse:
    """The same page sent again is the same request. What differs becomes the draft of another one, not a loss."""
    first = known.messages.order_by("sent_at").first()
    typed = form.data.get("text", "").replace("\r\n", "\n").strip()
    if first is None or first.text.replace("\r\n", "\n").strip() == typed:
        return redirect("space:request-sent", company.member.pk, known.pk)
    sentence = (
        f"La demande {known.reference} est déjà partie depuis une autre fenêtre. Ce que vous avez saisi ici est resté "
        "ci-dessous : vous pouvez l’envoyer comme une nouvelle demande."
    )
    return _page(request, company, uuid4(), form, problems=[("", sentence)], status=409)


def _unchecked(form: RequestForm) -> RequestForm:
    """What was typed, not judged yet: the person only took off a file."""
    return RequestForm(initial={"theme": form.chosen_theme, **{n: form.data.get(n, "") for n in ("subject", "text")}})


def _page(
    request: HttpRequest,
    company: Company,
    key: UUID,
    form: RequestForm,
    *,
    message: RequestMessage | None = None,
    problems: list[tuple[str, str]] | None = None,
    drafts: list[MemberRequest] | None = None,
    status: int = 200,
) -> HttpResponse:
    context: dict[str, Any] = {
        "key": key,
        "form": form,
        "kept": list(Upload.objects.about(message)) if message else [],
        "problems": problems or [],
        "drafts": drafts or [],
        "mine": message.request if message else None,
    }
    return show(request, company, "space/requests/new.html", context, active=ACTIVE, status=status)
