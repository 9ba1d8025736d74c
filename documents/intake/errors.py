from core.transitions import Refused


class UploadRefused(Refused):
    """The file is not taken. The message is a French sentence that says why and what to do next."""
