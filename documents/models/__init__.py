from documents.models.document import Document
from documents.models.upload import Upload

__all__ = ["Document", "Upload"]
