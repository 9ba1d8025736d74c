"""Ways into the space: « Créer votre accès », « Mes entreprises »."""

from __future__ import annotations

from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.db.models import F, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from core.access import ACCOUNT, PUBLIC, audience
from core.text import fold, storable
from core.throttle import client_ip, hit, too_many
from membership.models import Access
from space import entry
from space.forms import CreateAccessForm
from space.standing import standings

HOUR = 3600
PER_PAGE = 50


@audience(PUBLIC)
@require_http_methods(["GET", "HEAD", "POST"])
def create_access(request: HttpRequest) -> HttpResponse:
    """« Créer votre accès » (A-01). The answer never says whether the number and the SIRET are right."""
    form = CreateAccessForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        return render(request, "space/create_access.html", {"form": form}, status=422 if form.is_bound else 200)
    if hit("create-access-ip", client_ip(request), limit=20, seconds=HOUR):
        return too_many(request)
    number = entry.clean_number(form.cleaned_data["number"])
    if not hit("create-access", number, limit=5, seconds=HOUR):  # said to nobody: another's tries are not his business
        entry.ask(number, form.cleaned_data["siret"])
    return redirect("space:access-asked")


@audience(PUBLIC)
@require_safe
def access_asked(request: HttpRequest) -> HttpResponse:
    return render(request, "space/access_asked.html")


@audience(ACCOUNT)
@require_safe
def companies(request: HttpRequest) -> HttpResponse:
    """« Mes entreprises » (A-03): straight to the only one or the one used last; any parameter asks for the list."""
    mine = Access.objects.alive().filter(user=request.user)  # type: ignore[misc]
    first, *others = mine.order_by(F("last_used_at").desc(nulls_last=True), "pk")[:2] or [None]
    if first is None:
        return render(request, "space/no_company.html")
    if not others or (first.last_used_at and not request.GET):
        return redirect("space:home", first.member_id)
    search = storable(request.GET.get("q", ""))[:80].strip()
    found = _matching(mine, search).select_related("member__establishment")
    page = Paginator(found.order_by("member__establishment__folded", "pk"), PER_PAGE).get_page(request.GET.get("page"))
    query = "&" + urlencode({"q": search}) if search else ""
    stand = standings([access.member for access in page.object_list])
    rows = [(access, stand[access.member_id]) for access in page.object_list]
    context = {
        "page": page,
        "rows": rows,
        "search": search,
        "query": query,
        "last": first.last_used_at and first.member_id,
    }
    return render(request, "space/companies.html", context)


def _matching(mine: QuerySet[Access], search: str) -> QuerySet[Access]:
    """By the words of the name, or by the beginning of the SIRET or of the number, however they are grouped."""
    digits = "".join(search.split())
    if digits.isdigit():
        return mine.filter(Q(member__siret__startswith=digits) | Q(member__number__endswith=digits))
    for word in fold(search).split():
        mine = mine.filter(Q(member__establishment__folded__contains=word) | Q(member__number__istartswith=word))
    return mine
