"""A bordereau with ten employees against bare WeasyPrint on the very same HTML: at most 1.3 ×."""

from __future__ import annotations

from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration

from benchmarks.data import draft
from benchmarks.harness import Result, cpu_of, interleave
from core.journal import Actor
from documents import issuing, rendering
from membership import pdfs, workflow

LIMIT = 1.3
EMPLOYEES = 10
PAGES_A_BLOCK = 4
ROUNDS = 7


def measure() -> Result:
    """Ours: template, rendering and tags, warm. The peer: WeasyPrint alone, with its font configuration and the parsed
    stylesheets kept, and the same PDF variant. CPU of this process."""
    dossier = workflow.submit(draft(EMPLOYEES), by=Actor.person("Claire Morel"))
    document = pdfs.latest_bordereau(dossier)
    context = issuing.context_of(document)
    html = rendering.render_html(document.template, context)
    fonts = FontConfiguration()
    # The engine's own stylesheets, fonts already cut to weight: what it gains by that, the peer gains too.
    sheets = [CSS(string=text, font_config=fonts) for text in rendering.stylesheets()]

    def ours() -> float:
        return cpu_of(lambda: [rendering.render_pdf(document.template, context) for _ in range(PAGES_A_BLOCK)])

    def bare() -> bytes:
        return HTML(string=html).write_pdf(font_config=fonts, stylesheets=sheets, pdf_variant=rendering.VARIANT)

    def peer() -> float:
        return cpu_of(lambda: [bare() for _ in range(PAGES_A_BLOCK)])

    ours(), peer()  # warm
    compared = interleave(ours, peer, ROUNDS)
    detail = {
        "employees": EMPLOYEES,
        "pages": len(HTML(string=html).render(font_config=fonts, stylesheets=sheets).pages),
        "ms": round(compared.ours / PAGES_A_BLOCK * 1000, 1),
        "peer_ms": round(compared.peer / PAGES_A_BLOCK * 1000, 1),
        "noise": compared.noise,
    }
    return Result("pdf_bordereau", compared.ratio, LIMIT, detail)
