"""« Mes demandes »: the list, a request with its thread, answering, cancelling (A-42, B-05)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import UUID, uuid4

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.dates import french_date
from core.journal import timeline
from core.kept import answers, sent_to
from core.text import fold, storable
from core.throttle import hit, too_many
from core.transitions import AlreadyDone, Refused
from documents.downloads import serve
from space import request_files, requests
from space.company import Company, company_page, show
from space.models import MemberRequest, RequestTheme
from space.request_forms import AnswerForm, CancelForm
from space.request_states import NEXT, SENT, TONES, State

ROWS = 50
MAX_SEARCH = 80
SENT_AN_HOUR = 40  # requests and answers of one account
ACTIVE = "requests"


@dataclass(frozen=True)
class Asked:
    """What the address of the list asks for; anything unknown asks for everything."""

    text: str
    state: str
    theme: str

    @classmethod
    def read(cls, data: Any) -> Asked:
        state = data.get("etat", "")
        return cls(
            storable(data.get("q", "")).strip()[:MAX_SEARCH],
            state if state in SENT else "",
            storable(data.get("theme", ""))[:40],
        )

    def rows(self, company: Company) -> QuerySet[MemberRequest]:
        found = MemberRequest.objects.sent().filter(member=company.member).select_related("theme")
        if self.state:
            found = found.filter(state=self.state)
        if self.theme:
            found = found.filter(theme__slug=self.theme)
        for word in fold(self.text).split():
            found = found.filter(folded__contains=word)
        return found.defer("folded")

    @property
    def query(self) -> str:
        pairs = {"q": self.text, "etat": self.state, "theme": self.theme}
        return urlencode({name: value for name, value in pairs.items() if value})


@company_page()
@require_safe
def index(request: HttpRequest, company: Company) -> HttpResponse:
    """The requests of the company, newest exchange first, and one's own drafts."""
    asked = Asked.read(request.GET)
    page = Paginator(asked.rows(company), ROWS).get_page(request.GET.get("page"))
    drafts = MemberRequest.objects.filter(member=company.member).drafts_of(request.user).select_related("theme")
    context = {
        "asked": asked,
        "page": page,
        "rows": [(row, TONES[State(row.state)]) for row in page],
        "query": f"&{asked.query}" if asked.query else "",
        "drafts": list(drafts[: requests.MAX_DRAFTS]),
        "states": [(state.value, state.label) for state in SENT],
        "themes": list(RequestTheme.objects.all()),
    }
    return show(request, company, "space/requests/list.html", context, active=ACTIVE)


def request_or_404(company: Company, pk: UUID) -> MemberRequest:
    """A request of the company that has been sent."""
    mine = MemberRequest.objects.sent().filter(member=company.member).select_related("theme", "member")
    return get_object_or_404(mine, pk=pk)


@company_page()
@require_safe
def detail(request: HttpRequest, company: Company, request_pk: UUID) -> HttpResponse:
    mine = request_or_404(company, request_pk)
    if found := sent_to(request, "space:request-answer"):
        return _page(request, company, mine, form=AnswerForm(found[1]), key=found[0]["message_pk"])
    return _page(request, company, mine)


@company_page()
@require_safe
def sent(request: HttpRequest, company: Company, request_pk: UUID) -> HttpResponse:
    """The page after sending: the reference, what happens next, who acts, by when."""
    mine = request_or_404(company, request_pk)
    by = f", au plus tard le {french_date(mine.due_on)}" if mine.due_on else ""
    steps = [
        f"Nous lisons votre demande et nous vous répondons{by}.",
        "Un courriel vous prévient de chaque réponse, qui vous attend dans « Mes demandes ».",
        "S’il nous manque une précision, la demande passe « En attente » : vous répondez sur sa page.",
    ]
    return show(request, company, "space/requests/sent.html", {"mine": mine, "next_steps": steps}, active=ACTIVE)


@company_page()
@require_POST
def answer(request: HttpRequest, company: Company, request_pk: UUID, message_pk: UUID) -> HttpResponse:
    """Send an answer, or keep it with its files for later. Whatever goes wrong, the text and the files stay."""
    mine, by = request_or_404(company, request_pk), company.actor
    form, problems = AnswerForm(request.POST), []
    try:
        message = requests.draft_answer(mine, message_pk, author=request.user, by=by, text=request.POST.get("text", ""))
        problems = request_files.take(message, request.FILES.getlist("files"), user=request.user, by=by.name)
        if "remove" in request.POST:
            request_files.drop(message, request.POST["remove"])
            return _page(request, company, mine, form=AnswerForm(initial=_typed(request)), key=message_pk)
        if form.is_valid() and not problems:
            if hit("request-send", str(request.user.pk), limit=SENT_AN_HOUR, seconds=3600):
                return too_many(request)
            requests.answer(message, by=by)
            messages.success(request, "Votre message est envoyé. Un courriel vous préviendra de notre réponse.")
            return _to(mine)
    except AlreadyDone as done:
        messages.warning(request, str(done))
        return _to(mine)
    except Refused as refusal:
        problems.append(("", str(refusal)))
        mine.refresh_from_db()
    return _page(request, company, mine, form=form, key=message_pk, problems=[*form.problems, *problems], status=422)


def may_cancel(company: Company, mine: MemberRequest) -> bool:
    """Everybody may write to us; a colleague's request is cancelled by him, or by who manages the company's space."""
    return mine.author_id == company.access.user_id or company.may("manages")


@company_page()
@require_http_methods(["GET", "HEAD", "POST"])
def cancel(request: HttpRequest, company: Company, request_pk: UUID) -> HttpResponse:
    mine = request_or_404(company, request_pk)
    if not may_cancel(company, mine):
        raise PermissionDenied
    form = CancelForm(answers(request))
    problem, status = "", 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                requests.cancel(mine, by=company.actor, reason=form.cleaned_data["reason"])
            except Refused as refusal:
                problem, status = str(refusal), 409
            else:
                messages.success(request, f"La demande {mine.reference} est annulée.")
                return _to(mine)
    context = {"mine": mine, "form": form, "problem": problem}
    return show(request, company, "space/requests/cancel.html", context, active=ACTIVE, status=status)


@company_page()
@require_safe
def file(request: HttpRequest, company: Company, request_pk: UUID, upload_pk: UUID) -> HttpResponse:
    """A file of the thread; of a draft, its author's only."""
    mine = get_object_or_404(MemberRequest, pk=request_pk, member=company.member)
    return serve(get_object_or_404(request_files.readable_files(mine, request.user), pk=upload_pk), inline=True)


def _typed(request: HttpRequest) -> dict[str, str]:
    return {"text": request.POST.get("text", "")}


def _to(mine: MemberRequest) -> HttpResponseRedirect:
    return redirect(reverse("space:request", args=[mine.member_id, mine.pk]))


def _page(
    request: HttpRequest,
    company: Company,
    mine: MemberRequest,
    *,
    form: AnswerForm | None = None,
    key: UUID | None = None,
    problems: list[tuple[str, str]] | None = None,
    status: int = 200,
) -> HttpResponse:
    """The request: its state, the thread, an answer to write, what happened."""
    thread = list(mine.messages.filter(sent_at__isnull=False))
    draft = mine.messages.filter(sent_at=None, from_staff=False, author=request.user).order_by("-created_at").first()
    files = request_files.attached([*thread, *([draft] if draft else [])])
    context = {
        "mine": mine,
        "tone": TONES[State(mine.state)],
        "next": _next(mine),
        "thread": [(message, files.get(message.pk, [])) for message in thread],
        "form": form or AnswerForm(initial={"text": draft.text if draft else ""}),
        "key": key or (draft.pk if draft else uuid4()),
        "kept": files.get(draft.pk, []) if draft else [],
        "problems": problems or [],
        "events": _events(mine),
        "may_cancel": mine.in_hand and may_cancel(company, mine),
    }
    return show(request, company, "space/requests/request.html", context, active=ACTIVE, status=status)


def _next(mine: MemberRequest) -> str:
    """One sentence under the state: what happens now."""
    if mine.state != State.CLOSED:
        return NEXT[State(mine.state)]
    if mine.takes_answers and mine.reopens_until:
        until = french_date(mine.reopens_until)
        return f"Votre demande est traitée. S’il manque quelque chose, répondez d’ici le {until} : elle sera rouverte."
    return "Votre demande est traitée. Pour une autre question, envoyez une nouvelle demande."


def _events(mine: MemberRequest) -> list[dict[str, Any]]:
    """What happened, then who must act (B-02)."""
    past = [
        {"state": "done", "title": entry.message, "text": entry.reason, "when": entry.at, "who": entry.actor_name}
        for entry in timeline(mine)
    ]
    if mine.state == State.OPEN:
        past.append({"state": "next", "title": "Notre réponse", "who": "À nous d’agir", "by": mine.due_on})
    elif mine.state == State.WAITING:
        past.append({"state": "now", "title": "Votre précision", "who": "À vous d’agir"})
    return past
