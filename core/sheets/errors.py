class SheetError(Exception):
    """The file or text cannot be read as a table; the message is a French sentence to show."""
