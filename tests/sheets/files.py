"""Spreadsheet files made for the tests, the honest ones by the usual libraries, the forged ones part by part."""

import io
import struct
import zipfile

import openpyxl
import xlsxwriter

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"


def xlsx(rows, **options):
    """A workbook written by XlsxWriter: strings shared, dates as dates."""
    file = io.BytesIO()
    workbook = xlsxwriter.Workbook(file, {"default_date_format": "dd/mm/yyyy", **options})
    sheet = workbook.add_worksheet()
    for number, row in enumerate(rows):
        sheet.write_row(number, 0, row)
    workbook.close()
    return file.getvalue()


def workbook_bytes(workbook):
    file = io.BytesIO()
    workbook.save(file)
    return file.getvalue()


def simple_workbook(*rows):
    workbook = openpyxl.Workbook()
    for row in rows:
        workbook.active.append(row)
    return workbook


def forged_xlsx(sheet_data="", *, extra=None, before="", dimension="A1:B2", shared=""):
    """A minimal .xlsx around a sheet's XML, to put in it what no program writes."""
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types"><Default Extension="xml" '
        'ContentType="application/xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="r1" '
        f'Type="{RELATIONS}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{RELATIONS}"><sheets>'
        '<sheet name="S" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="r1" '
        f'Type="{RELATIONS}/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="r2" '
        f'Type="{RELATIONS}/sharedStrings" Target="sharedStrings.xml"/></Relationships>',
        "xl/sharedStrings.xml": f'<sst xmlns="{MAIN}">{shared}</sst>',
        "xl/worksheets/sheet1.xml": f'<?xml version="1.0"?>{before}<worksheet xmlns="{MAIN}"><dimension '
        f'ref="{dimension}"/><sheetData>{sheet_data}</sheetData></worksheet>',
        **(extra or {}),
    }
    return zipped(parts)


def zipped(parts, compression=zipfile.ZIP_DEFLATED):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return file.getvalue()


def ods(rows_xml):
    office = "urn:oasis:names:tc:opendocument:xmlns:office:1.0"
    table = "urn:oasis:names:tc:opendocument:xmlns:table:1.0"
    text = "urn:oasis:names:tc:opendocument:xmlns:text:1.0"
    return zipped(
        {
            "mimetype": "application/vnd.oasis.opendocument.spreadsheet",
            "META-INF/manifest.xml": '<m:manifest xmlns:m="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>',
            "content.xml": f'<office:document-content xmlns:office="{office}" xmlns:table="{table}" '
            f'xmlns:text="{text}">'
            f"<office:body><office:spreadsheet><table:table table:name='S'>{rows_xml}</table:table>"
            "</office:spreadsheet></office:body></office:document-content>",
        }
    )


def ods_cell(text, repeated=1):
    return (
        f'<table:table-cell office:value-type="string" table:number-columns-repeated="{repeated}">'
        f"<text:p>{text}</text:p></table:table-cell>"
    )


def inline(reference, text):
    return f'<c r="{reference}" t="inlineStr"><is><t>{text}</t></is></c>'


def xls(*rows):
    """An Excel 97 workbook: BIFF8 records in a compound file, as no library at hand writes any more."""

    def record(kind, body=b""):
        return struct.pack("<HH", kind, len(body)) + body

    def begin(what):
        return record(0x809, struct.pack("<HHHHII", 0x600, what, 0, 0, 0, 0))

    cells = b""
    for line, row in enumerate(rows):
        for column, value in enumerate(row):
            place = struct.pack("<HHH", line, column, 0)
            if isinstance(value, str):
                cells += record(0x204, place + struct.pack("<HB", len(value), 1) + value.encode("utf-16-le"))
            else:
                cells += record(0x203, place + struct.pack("<d", value))
    sheet = begin(0x10) + cells + record(0x0A)
    name = record(0x85, struct.pack("<IBBBB", 0, 0, 0, 1, 0) + b"S")
    start = len(begin(0x05)) + len(name) + len(record(0x0A))
    name = record(0x85, struct.pack("<IBBBB", start, 0, 0, 1, 0) + b"S")
    return compound_file("Workbook", begin(0x05) + name + record(0x0A) + sheet)


def compound_file(name, stream):
    """One stream in an OLE compound file: a sector of allocation table, one of directory, then the stream."""
    stream = stream.ljust(4096, b"\0")  # shorter ones would live in a table of small sectors
    count = -(-len(stream) // 512)
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    header += struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    header += struct.pack("<IIIIIIIII", 0, 1, 1, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0)
    header += struct.pack("<109I", 0, *[0xFFFFFFFF] * 108)
    chain = [*range(3, 2 + count), 0xFFFFFFFE]
    table = [0xFFFFFFFD, 0xFFFFFFFE, *chain]
    allocation = struct.pack("<128I", *table, *[0xFFFFFFFF] * (128 - len(table)))

    def entry(title, kind, child, first, size):
        text = (title + "\0").encode("utf-16-le")
        links = struct.pack("<BBIII", kind, 1, 0xFFFFFFFF, 0xFFFFFFFF, child)
        return (
            text.ljust(64, b"\0") + struct.pack("<H", len(text)) + links + bytes(36) + struct.pack("<IQ", first, size)
        )

    directory = entry("Root Entry", 5, 1, 0xFFFFFFFE, 0) + entry(name, 2, 0xFFFFFFFF, 2, len(stream))
    return header + allocation + directory.ljust(512, b"\0") + stream.ljust(count * 512, b"\0")
