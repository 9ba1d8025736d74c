"""A photo becomes a page of A4: upright, of a sensible size, and without what the phone wrote into it (GPS!).

Unfolded by a process of its own, given little memory and time: a few kilobytes keep a decoder busy for minutes or fill
a gigabyte, and a thread of the server cannot be stopped. One photo at a time in each process of the site: a hundred
that come at once wait for each other rather than fill the machine.
"""

from __future__ import annotations

import logging
import subprocess
import sys
import threading
from pathlib import Path

import img2pdf

from documents.intake.detect import Kind
from documents.intake.errors import NotNow, UploadRefused
from documents.intake.limits import JPEG_QUALITY, LONG_SIDE, MAX_PIXELS
from documents.picture_process import BROKEN, TOO_MANY_PIXELS

ROOT = Path(__file__).resolve().parent.parent.parent
SECONDS = 60  # on a machine with much else to do; of processor it is given much less
# MPO is the JPEG of phones that store a second picture behind the first.
_FORMATS = {Kind.JPEG: "JPEG,MPO", Kind.PNG: "PNG", Kind.HEIC: "HEIF"}
_A4 = (img2pdf.mm_to_pt(210), img2pdf.mm_to_pt(297))
_REFUSALS = {
    BROKEN: (
        "Cette photo est abîmée ou incomplète : l’envoi ou la copie a sans doute été interrompu. Reprenez la photo, "
        "ou vérifiez qu’elle s’ouvre sur votre appareil, puis envoyez-la à nouveau."
    ),
    TOO_MANY_PIXELS: (
        "Cette photo a trop de points pour être ouverte ici. Réglez l’appareil sur une définition ordinaire "
        "(12 mégapixels suffisent) et reprenez-la."
    ),
}
_TOO_HEAVY = (
    "Cette photo demande trop de mémoire ou de temps pour être ouverte ici. Ouvrez-la sur votre appareil, "
    "enregistrez-la à nouveau (au format JPEG, ou par une capture d’écran), puis envoyez la nouvelle."
)
_NOT_NOW = (
    "Nous n’avons pas pu ouvrir cette photo à l’instant : elle n’a pas été gardée, le reste de votre dossier "
    "est intact. Réessayez dans quelques minutes ; si cela continue, appelez-nous."
)
_one_at_a_time = threading.Lock()

logger = logging.getLogger(__name__)


def rebuild(data: bytes, kind: Kind) -> tuple[bytes, int]:
    """The photo as a PDF of one page."""
    layout = img2pdf.get_layout_fun(pagesize=_A4, fit=img2pdf.FitMode.into, auto_orient=True)
    return bytes(img2pdf.convert(_unfolded(data, kind), layout_fun=layout, nodate=True, producer="")), 1


def _unfolded(data: bytes, kind: Kind) -> bytes:
    """The photo as a bare JPEG, or `UploadRefused`."""
    limits = [str(limit) for limit in (MAX_PIXELS, LONG_SIDE, JPEG_QUALITY)]
    command = [sys.executable, "-m", "documents.picture_process", _FORMATS[kind], *limits]
    try:
        with _one_at_a_time:
            done = subprocess.run(command, cwd=ROOT, input=data, capture_output=True, timeout=SECONDS, check=False)
    except (subprocess.TimeoutExpired, OSError) as error:
        logger.exception("no photo can be opened")
        raise NotNow(_NOT_NOW) from error
    if done.returncode:
        raise UploadRefused(_REFUSALS.get(done.returncode, _TOO_HEAVY))
    return done.stdout
