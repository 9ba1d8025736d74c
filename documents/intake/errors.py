from core.transitions import Refused


class UploadRefused(Refused):
    """The file is not taken. The message is a French sentence that says why and what to do next."""


class NotNow(UploadRefused):
    """The machine could not look at it: the very same file may be taken later."""
