"""What happens to a received file before it may be stored: recognised by its content, checked, rebuilt clean.

Whatever comes in, a clean PDF comes out: nothing of the received bytes is ever served to anybody.
"""

from documents.intake.errors import UploadRefused
from documents.intake.gate import NO_ROOM, CleanFile, clean, megabytes, rebuild
from documents.intake.names import display_name

__all__ = ["NO_ROOM", "CleanFile", "UploadRefused", "clean", "display_name", "megabytes", "rebuild"]
