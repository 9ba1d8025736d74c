"""The process that draws a page (see `previews`): a PDF comes in, a PNG goes out. Knows nothing of the site."""

from __future__ import annotations

import resource
import sys
from io import BytesIO

MEMORY = 1024 * 1024 * 1024  # bytes of address space: an A4 page scanned in colour at 600 dpi, and room to spare
SECONDS = 2  # of processor: an A4 page scanned in colour at 600 dpi takes a third of one
NO_SUCH_PAGE = 4  # exit status


def main() -> None:
    """Arguments: the number of the page, from 1, and the width of the picture in pixels."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    import pypdfium2

    page, width = map(int, sys.argv[1:])
    pdf = pypdfium2.PdfDocument(sys.stdin.buffer.read())
    if not 1 <= page <= len(pdf):
        sys.exit(NO_SUCH_PAGE)
    sheet = pdf[page - 1]
    across, down = sheet.get_size()
    # A page much taller than wide is limited by its height.
    scale = min(width / across, 2 * width / down)
    out = BytesIO()
    sheet.render(scale=scale, may_draw_forms=False).to_pil().save(out, "PNG")
    sys.stdout.buffer.write(out.getvalue())


if __name__ == "__main__":
    main()
