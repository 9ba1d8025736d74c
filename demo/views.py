"""The pages of the mailbox."""

from __future__ import annotations

from csp.constants import NONE, SELF, UNSAFE_INLINE
from csp.decorators import csp, csp_update
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import content_disposition_header
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe

from core.access import PUBLIC, audience
from demo import mailbox

PER_PAGE = 30


@audience(PUBLIC)
@require_safe
def mailbox_list(request: HttpRequest) -> HttpResponse:
    """Every delivery, newest first."""
    page = Paginator(mailbox.names(), PER_PAGE).get_page(request.GET.get("page"))
    deliveries = [mailbox.Delivery(name) for name in page]
    return render(request, "demo/mailbox.html", {"page": page, "deliveries": deliveries})


@audience(PUBLIC)
@require_safe
@csp_update({"frame-src": [SELF]})
def mailbox_detail(request: HttpRequest, name: str) -> HttpResponse:
    """One delivery, its HTML in a frame of its own."""
    return render(request, "demo/mailbox_detail.html", {"delivery": _find(name)})


@audience(PUBLIC)
@require_safe
@xframe_options_sameorigin
@csp(
    {
        "default-src": [NONE],
        "style-src": [UNSAFE_INLINE],  # mails are styled inline; nothing else is allowed here, no script above all
        "img-src": ["data:"],
        "base-uri": [NONE],
        "form-action": [NONE],
        "frame-ancestors": [SELF],
        "sandbox": ["allow-popups", "allow-popups-to-escape-sandbox"],
    }
)
def mailbox_html(request: HttpRequest, name: str) -> HttpResponse:
    """The HTML part as it was sent, to be framed by the page above."""
    html = _find(name).html
    if not html:
        raise Http404
    # Links of a mail open beside the mailbox, as in a mail program.
    return HttpResponse(html.replace("<head>", '<head><base target="_blank">', 1))


@audience(PUBLIC)
@require_safe
def mailbox_piece(request: HttpRequest, name: str, number: int) -> HttpResponse:
    """One attached file, to download."""
    pieces = _find(name).pieces
    if not 1 <= number <= len(pieces):
        raise Http404
    piece = pieces[number - 1]
    response = HttpResponse(piece.content, content_type=piece.content_type)
    response.headers["Content-Disposition"] = content_disposition_header(True, piece.filename)
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def _find(name: str) -> mailbox.Delivery:
    delivery = mailbox.find(name)
    if delivery is None:
        raise Http404
    return delivery
