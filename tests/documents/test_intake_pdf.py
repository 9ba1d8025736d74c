"""PDFs people send: taken by their content, refused when they act, rebuilt."""

from __future__ import annotations

import subprocess
from io import BytesIO
from pathlib import Path

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Encryption, Name, String

from documents import intake
from documents.intake import UploadRefused, limits
from tests.documents import samples
from tests.documents.samples import new_pdf, pdf_bytes, received, saved, texts_of


def refusal(data: bytes, name: str = "kbis.pdf") -> str:
    with pytest.raises(UploadRefused) as caught:
        intake.clean(received(data, name))
    return str(caught.value)


def test_honest_pdf_keeps_its_pages_and_loses_the_rest(tmp_path: Path) -> None:
    pdf = new_pdf("Recto", "Verso")
    pdf.docinfo["/Author"] = "Camille Secret"
    with pdf.open_metadata() as metadata:
        metadata["dc:creator"] = ["Camille Secret"]
    with pdf.open_outline() as outline:
        outline.root.append(pikepdf.OutlineItem("Signet secret", 0))

    clean = intake.clean(received(saved(pdf) + b"<script>alert(1)</script>%%EOF"))

    assert clean.pages == 2
    assert texts_of(clean.data) == ["Recto", "Verso"]
    with pikepdf.open(BytesIO(clean.data)) as rebuilt:
        assert set(rebuilt.Root.keys()) == {"/Type", "/Pages"}
        assert "/Info" not in rebuilt.trailer
    assert b"script" not in clean.data
    assert b"ecret" not in clean.data
    path = tmp_path / "clean.pdf"
    path.write_bytes(clean.data)
    subprocess.run(["qpdf", "--check", path], check=True, capture_output=True)


def test_same_bytes_always_give_the_same_file() -> None:
    data = pdf_bytes("Kbis")
    assert intake.clean(received(data)).sha256 == intake.clean(received(data)).sha256


@pytest.mark.fault("E1")
@pytest.mark.parametrize(
    ("data", "words"),
    [
        pytest.param(b"MZ\x90\x00" + bytes(500), "programme", id="program"),
        pytest.param(b"<html><script>alert(1)</script></html>\n" + pdf_bytes(), "ne commence pas", id="html first"),
        pytest.param(b"\n" + pdf_bytes(), "ne commence pas", id="not at byte 0"),
        pytest.param(pdf_bytes("a", "b", "c")[:-200], "abîmé ou incomplet", id="truncated"),
        pytest.param(pdf_bytes()[: len(pdf_bytes()) // 2], "abîmé ou incomplet", id="half"),
        pytest.param(b"%PDF-1.7\nnothing at all\n%%EOF", "abîmé ou incomplet", id="empty shell"),
        pytest.param(saved(pikepdf.new()), "abîmé ou incomplet", id="no page"),
        pytest.param(b"", "vide", id="0 bytes"),
        pytest.param(b"hello", "ne reconnaissons pas", id="text"),
        pytest.param(samples.zipped("word/document.xml", b"<w/>"), "bureautique", id="word"),
    ],
)
def test_what_is_not_a_pdf_is_refused_in_plain_words(data: bytes, words: str) -> None:
    message = refusal(data)
    assert words in message
    assert message.endswith(".")


@pytest.mark.fault("E1")
def test_the_polyglot_is_a_valid_pdf_to_qpdf(tmp_path: Path) -> None:
    """Why the first byte is looked at: a syntax check alone would let it in."""
    path = tmp_path / "polyglot.pdf"
    path.write_bytes(b"<html><script>alert(1)</script></html>\n" + pdf_bytes())
    assert subprocess.run(["qpdf", "--check", path], capture_output=True).returncode in (0, 3)


@pytest.mark.fault("E2")
@pytest.mark.parametrize("user", ["secret", ""], ids=["password to open", "restrictions only"])
def test_protected_pdf_has_its_own_message(user: str) -> None:
    message = refusal(saved(new_pdf(), encryption=Encryption(owner="owner", user=user)))
    assert "protégé par un mot de passe" in message
    assert "photo" in message  # what to do next


@pytest.mark.fault("E3")
@pytest.mark.parametrize(
    ("make", "words"),
    [
        (samples.opening_script, "programme"),
        (samples.packed_script, "programme"),
        (samples.named_script, "programme"),
        (samples.opening_address, "programme"),
        (samples.chained_script, "programme"),
        (samples.launching, "programme"),
        (samples.page_trigger, "programme"),
        (samples.submitting_form, "programme"),
        (samples.rich_media, "programme"),
        (samples.outside_stream, "programme"),
        (samples.dynamic_form, "formulaire dynamique"),
        (samples.with_attachment, "fichier joint"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_pdf_that_acts_is_refused(make, words: str) -> None:
    message = refusal(make())
    assert words in message
    assert "Imprimer" in message or "imprimer" in message


@pytest.mark.fault("E3")
@pytest.mark.parametrize(
    "action",
    [Array([0, Name.Fit]), Dictionary(S=Name.GoTo, D=Array([0, Name.Fit])), Dictionary(S=Name.Named, N=Name.FirstPage)],
    ids=["destination", "go to", "named"],
)
def test_a_place_to_open_at_is_harmless_and_dropped(action) -> None:
    clean = intake.clean(received(samples.with_open_action(action)))
    assert texts_of(clean.data) == ["Extrait Kbis"]
    assert b"OpenAction" not in clean.data


@pytest.mark.fault("E3")
def test_links_and_fields_become_part_of_the_page() -> None:
    pdf = new_pdf()
    look = pdf.make_stream(
        b"BT /F1 12 Tf 2 4 Td (champ rempli) Tj ET",
        Type=Name.XObject,
        Subtype=Name.Form,
        BBox=Array([0, 0, 200, 20]),
        Resources=pdf.pages[0].Resources,
    )
    link = Dictionary(
        Type=Name.Annot,
        Subtype=Name.Link,
        Rect=Array([0, 0, 99, 99]),
        A=Dictionary(S=Name.URI, URI=String("http://evil.example/")),
    )
    field = Dictionary(
        Type=Name.Annot,
        Subtype=Name.Widget,
        FT=Name.Tx,
        T=String("nom"),
        V=String("champ rempli"),
        F=4,
        Rect=Array([72, 600, 272, 620]),
        AP=Dictionary(N=look),
    )
    widget = pdf.make_indirect(field)
    pdf.pages[0].obj.Annots = Array([pdf.make_indirect(link), widget])
    pdf.Root.AcroForm = Dictionary(Fields=Array([widget]))

    clean = intake.clean(received(saved(pdf)))

    assert "champ rempli" in texts_of(clean.data)[0]
    with pikepdf.open(BytesIO(clean.data)) as rebuilt:
        assert "/Annots" not in rebuilt.pages[0].obj
        assert not any("/URI" in item for item in rebuilt.objects if isinstance(item, Dictionary))


@pytest.mark.fault("E4")
@pytest.mark.parametrize(
    ("data", "words"),
    [
        (samples.EICAR, "dangereux"),
        (samples.zipped("eicar.com", samples.EICAR), "archive"),
        (samples.zipped("deep.zip", samples.zipped("eicar.com", samples.EICAR)), "archive"),
    ],
    ids=["alone", "zipped", "zipped twice"],
)
def test_the_test_virus_does_not_come_in(data: bytes, words: str) -> None:
    assert words in refusal(data)


@pytest.mark.fault("E6")
def test_too_many_pages() -> None:
    pdf = pikepdf.new()
    for _ in range(limits.MAX_PAGES):
        pdf.add_blank_page()
    assert intake.clean(received(saved(pdf))).pages == limits.MAX_PAGES
    pdf.add_blank_page()
    assert f"{limits.MAX_PAGES + 1} pages" in refusal(saved(pdf))


@pytest.mark.fault("E6")
def test_a_small_file_that_unfolds_to_hundreds_of_megabytes_is_refused_without_unfolding() -> None:
    data = samples.stream_bomb()
    assert len(data) < 512 * 1024
    Path("/proc/self/clear_refs").write_text("5")  # the peak is counted from here
    before = _memory("VmRSS")
    assert "trop lourd" in refusal(data)
    assert _memory("VmHWM") - before < 50 * 1024


def _memory(what: str) -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(what))


def _wrong_index(data: bytes) -> bytes:
    """The place of the index is off, as some office scanners write it; every reader repairs that."""
    head, _, tail = data.rpartition(b"startxref\n")
    return head + b"startxref\n7" + tail


@pytest.mark.parametrize(
    "data",
    [saved(new_pdf("Kbis"), linearize=True), _wrong_index(pdf_bytes("Kbis")), pdf_bytes("Kbis") + b"\r\n" * 200],
    ids=["for the web", "wrong index", "blank lines at the end"],
)
def test_honest_oddities_are_taken(data: bytes) -> None:
    assert texts_of(intake.clean(received(data)).data) == ["Kbis"]
