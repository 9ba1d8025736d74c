"""PDFs we make: readable by everyone, and deaf to what people type."""

from __future__ import annotations

import subprocess
import threading
from io import BytesIO
from pathlib import Path

import pikepdf
import pytest
from weasyprint import HTML

from documents import rendering
from tests.documents.samples import texts_of

DOCUMENT = {"number": "PA-2026-000127", "title": "Bordereau de pré-adhésion", "kind": "bordereau", "version": 1}
BORDEREAU = {
    "document": DOCUMENT,
    "company": "Ateliers Morel",
    "signatory": "Mme Claire Morel, gérante",
    "establishment": [["Raison sociale", "Ateliers Morel"], ["SIRET", "732 829 320 00074"]],
    "employees": [["Lefèvre Camille", "14/09/1988", "02/01/2024", "Comptable", "Simple (SI)"]],
}


def bordereau(**changes) -> bytes:
    return rendering.render_pdf("pdf_tests/bordereau.html", {**BORDEREAU, **changes})


def opened(data: bytes) -> pikepdf.Pdf:
    return pikepdf.open(BytesIO(data))


def test_letterhead_title_and_foot(settings) -> None:
    (text,) = texts_of(bordereau())
    for words in (
        settings.OPERATOR["name"],
        settings.OPERATOR["address"][0],
        "01 23 45 67 89",
        "Bordereau de pré-adhésion",
        "PA-2026-000127 · Ateliers Morel",
        "page 1 sur 1",
        "732 829 320 00074",
        "Et maintenant ?",
    ):
        assert words in text


def test_no_line_of_a_pdf_begins_with_a_mark_and_what_is_no_sentence_is_left_alone(settings, tmp_path: Path) -> None:
    engine = settings.TEMPLATES[0]
    settings.TEMPLATES = [{**engine, "DIRS": [*engine["DIRS"], tmp_path]}]
    kept = "<style>p :first-line { margin : 0 ; }</style><script>a ? b : c</script><pre>« x » : 20 %\nOui ?</pre>"
    (tmp_path / "marks.html").write_text(f"<p>« Kbis » :</p>{kept}<presque>Oui ?</presque><p>{{{{ said }}}}</p>")
    html = rendering.render_html("marks.html", {"said": "<b> : 20 % ?"})
    assert html == (
        f"<p>«\u00a0Kbis\u00a0»\u00a0:</p>{kept}<presque>Oui\u00a0?</presque><p>&lt;b&gt;\u00a0: 20\u00a0%\u00a0?</p>"
    )


def test_the_pdf_is_valid_and_tagged(tmp_path: Path) -> None:
    """PDF/UA-1, as far as it can be seen from the structure: a screen reader knows the language and the order."""
    data = bordereau()
    path = tmp_path / "bordereau.pdf"
    path.write_bytes(data)
    subprocess.run(["qpdf", "--check", path], check=True, capture_output=True)
    with opened(data) as pdf:
        root = pdf.Root
        assert root.MarkInfo.Marked
        assert str(root.Lang) == "fr"
        assert root.ViewerPreferences.DisplayDocTitle
        assert pdf.docinfo["/Title"] == "Bordereau de pré-adhésion"
        assert pdf.docinfo["/Author"] == "Santé Travail Val d’Orge"
        with pdf.open_metadata() as metadata:
            assert metadata["pdfuaid:part"] == "1"
        tags = {str(item.S) for item in pdf.objects if isinstance(item, pikepdf.Dictionary) and "/S" in item}
        assert {"/Document", "/H1", "/H2", "/P", "/Table", "/TH", "/TD"} <= tags
        fonts = [item for item in pdf.objects if isinstance(item, pikepdf.Dictionary) and "/FontDescriptor" in item]
        assert fonts
        for font in fonts:
            assert "/FontFile2" in font.FontDescriptor or "/FontFile3" in font.FontDescriptor
            assert "Source" in str(font.BaseFont)


def test_a_screen_reader_knows_heads_labels_and_pictures() -> None:
    """What PDF/UA-1 asks of lists, tables and figures."""
    with opened(bordereau()) as pdf:
        elements = [
            i for i in pdf.objects if isinstance(i, pikepdf.Dictionary) and str(i.get("/Type")) == "/StructElem"
        ]
        heads = [str(item.A.Scope) for item in elements if item.S == "/TH"]
        assert heads == ["/Column"] * 5 + ["/Row"]
        lists = [item for item in elements if item.S == "/L"]
        assert [[str(part.S) for part in pair.K] for pair in lists[0].K] == [["/Lbl", "/LBody"]] * 2
        assert {str(pair.S) for pair in lists[0].K} == {"/LI"}
        assert all(item.P.S == "/L" for item in elements if item.S == "/LI")
        assert not [item for item in elements if item.S == "/Figure"]  # the logo is an ornament


def test_the_foot_of_a_page_is_not_read_aloud() -> None:
    data = bordereau(employees=BORDEREAU["employees"] * 40)
    with opened(data) as pdf:
        assert len(pdf.pages) > 1
        for page in pdf.pages:
            marked = [i.operands for i in pikepdf.parse_content_stream(page) if str(i.operator) == "BDC"]
            feet = [tag for tag, properties in marked if properties.get("/Type") == "/Pagination"]
            assert feet == ["/Artifact", "/Artifact"]
            told = [properties.MCID for _, properties in marked if "/MCID" in properties]
            parents = pdf.Root.StructTreeRoot.ParentTree.Nums[2 * page.index + 1]
            assert all(parents[mark].P is not None for mark in told)
            assert sum(parent is None for parent in parents) == 2


def test_a_long_table_repeats_its_head_and_counts_its_pages() -> None:
    pages = texts_of(bordereau(employees=BORDEREAU["employees"] * 90))
    assert len(pages) >= 3
    for number, text in enumerate(pages, start=1):
        assert f"page {number} sur {len(pages)}" in text
        assert "PA-2026-000127" in text
        if "Lefèvre" in text:
            assert "Nom et prénom" in text
    assert sum(text.count("Lefèvre Camille") for text in pages) == 90


def test_proforma_says_so_and_carries_its_code() -> None:
    pixel = rendering.data_url(
        b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"><rect width="1" height="1"/></svg>', "image/svg+xml"
    )
    data = rendering.render_pdf(
        "pdf_tests/proforma.html",
        {
            "document": {**DOCUMENT, "number": "PF-2026-000031"},
            "lines": [["Suivi simple (SI)", "2", "115,00 €", "230,00 €"]],
            "totals": [["Total HT", "230,00 €"], ["Total à régler", "276,00 €"]],
            "code": pixel,
            "iban": "FR76 3000 6000 0112 3456 7890 189",
        },
    )
    (text,) = texts_of(data)
    assert "PROFORMA" in text.replace(" ", "")
    assert "276,00 €" in text
    with opened(data) as pdf:
        figures = [i for i in pdf.objects if isinstance(i, pikepdf.Dictionary) and str(i.get("/S")) == "/Figure"]
        assert any("Code à scanner" in str(figure.get("/Alt")) for figure in figures)


def attacks(url: str) -> list[str]:
    return [
        '<img src="file:///etc/passwd">',
        f'<img src="{url}/img">',
        f'<style>@import "{url}/import";</style>',
        f"<style>p {{ background: url({url}/background) }}</style>",
        f"<style>@font-face {{ font-family: x; src: url({url}/font) }}</style>",
        f'<link rel="stylesheet" href="{url}/sheet">',
        '<link rel="attachment" href="file:///etc/passwd">',
        f'<link rel="attachment" href="{url}/attachment">',
        '<a rel="attachment" href="file:///etc/passwd">a</a>',
        f'<object data="{url}/object"></object><embed src="{url}/embed"><iframe src="{url}/frame"></iframe>',
        f'<svg xmlns="http://www.w3.org/2000/svg"><image href="{url}/svg"/><image href="file:///etc/passwd"/></svg>',
        f'<base href="{url}/"><img src="relative">',
        "{{ 7|add:7 }}{% load static %}",
    ]


def assert_nothing_came_in(data: bytes) -> None:
    with opened(data) as pdf:
        assert not pdf.attachments
        streams = [item for item in pdf.objects if isinstance(item, pikepdf.Stream)]
        assert streams
        assert not any(str(stream.get("/Type")) == "/EmbeddedFile" for stream in streams)
        assert not any(b"root:x:0" in stream.read_bytes() for stream in streams)


@pytest.mark.fault("F1")
def test_markup_reaches_neither_disk_nor_network(http_server) -> None:
    """Even if a template forgot to escape: the fetcher itself refuses."""
    html = "<html><body><p>x</p>" + "".join(attacks(http_server.url)) + "</body></html>"
    assert_nothing_came_in(rendering.html_to_pdf(html))
    assert http_server.asked == []


@pytest.mark.fault("F1")
def test_the_listener_would_hear_an_open_fetcher(http_server) -> None:
    """The same markup with WeasyPrint as it comes: proof that the test above listens in the right place."""
    data = HTML(string="".join(attacks(http_server.url))).write_pdf()
    assert http_server.asked
    with opened(data) as pdf:
        assert pdf.attachments


@pytest.mark.fault("F1", "F2")
def test_what_people_type_is_shown_as_they_typed_it(http_server) -> None:
    for attack in attacks(http_server.url):
        data = bordereau(company=attack, signatory=attack, establishment=[["Nom", attack]], employees=[[attack] * 5])
        assert_nothing_came_in(data)
        shown = "".join(texts_of(data)).replace("\r", "").replace("\n", "").replace(" ", "")
        assert attack.replace(" ", "") in shown
    assert http_server.asked == []


def test_names_in_any_script_are_drawn() -> None:
    (text,) = texts_of(bordereau(company="Łódź Żółć Ђорђе"))
    assert "Łódź Żółć Ђорђе" in text


def test_pictures_in_names_are_drawn_not_boxes() -> None:
    """« Fleurs 🌷 »: each has a glyph of our own font, on a machine that has no other with them."""
    company = "Fleurs 🌷 du Moulin 🏠 👩\u200d🌾"
    data = bordereau(company=company)
    (text,) = texts_of(data)
    assert "Fleurs 🌷 du Moulin 🏠" in text
    with opened(data) as pdf:
        fonts = {str(font.BaseFont) for page in pdf.pages for font in page.Resources.Font.values()}
    assert any("Noto-Emoji" in name for name in fonts)
    with opened(bordereau()) as pdf:  # no document carries it for nothing
        assert not any("Emoji" in str(font.BaseFont) for page in pdf.pages for font in page.Resources.Font.values())


def test_threads_share_one_engine() -> None:
    made: list[bytes] = []
    threads = [threading.Thread(target=lambda: made.append(bordereau())) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [texts_of(data) for data in made] == [texts_of(bordereau())] * 4
