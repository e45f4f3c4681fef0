"""Why the document store does not take a file, or can't give one."""

from events.errors import MingdianError


class FileRefusedError(MingdianError):
    """The file itself can't be taken: sending the same again is wrong."""


class EmptyFileError(FileRefusedError):
    """A file without content."""

    def __init__(self) -> None:
        super().__init__("empty_file", "The file is empty. Choose the file again and send it.")


class TooLargeError(FileRefusedError):
    """More bytes than one file may have."""

    def __init__(self, limit: int) -> None:
        super().__init__("too_large", f"The file is larger than {limit} bytes. Send a smaller scan of it.")


class UnknownKindError(FileRefusedError):
    """Not one of the kinds that are taken, by its content."""

    def __init__(self, kinds: str) -> None:
        super().__init__(
            "unknown_kind", f"By its content the file is none of {kinds}. Send it as one of these."
        )


class TwoKindsError(FileRefusedError):
    """One kind by its beginning, another by its end: such files are made to deceive."""

    def __init__(self) -> None:
        super().__init__("two_kinds", "The file is two kinds of file at once. Export it anew and send that.")


class TooManyFilesError(FileRefusedError):
    """The case holds as many files as one may."""

    def __init__(self, limit: int) -> None:
        super().__init__("too_many_files", f"The application holds {limit} files, and more are not taken.")


class UnknownSubjectError(FileRefusedError):
    """There is no such application."""

    def __init__(self) -> None:
        super().__init__("unknown_number", "We gave out no such number. Check it, or use your reference.")


class SubjectErasedError(FileRefusedError):
    """Its key is destroyed: nothing can be sealed for it again."""

    def __init__(self) -> None:
        super().__init__(
            "subject_erased", "The personal data of this application was erased; it takes no files."
        )


class BusyError(MingdianError):
    """As many files are under way as this process holds at once. Trying again is right."""

    def __init__(self) -> None:
        super().__init__("busy", "Many files are being received. Send it again in a moment.")


class StoreAwayError(MingdianError):
    """The store does not answer, or can't write. Trying again is right."""

    def __init__(self) -> None:
        super().__init__("store_away", "The document store does not answer. Try again later.")
