"""Errors that a person can cause and a person can mend."""


class UserError(Exception):
    """Something the caller can put right: shown as one line, no traceback, exit status 2.

    `code` is stable and for programs (`port_in_use`); `message` reads ``what. what to do``.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
