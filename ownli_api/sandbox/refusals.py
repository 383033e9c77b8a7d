"""What the stand-in refuses, in Ownli's error body."""


class Refusal(Exception):  # noqa: N818 - an answer the client earned, not a fault of ours
    """An answer other than 200: its status and error body (none without a code)."""

    def __init__(self, status: int, code: str = "", message: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.body = {"error_code": code, "error_message": message} if code else None


def invalid(message: str) -> Refusal:
    """The refusal of a parameter or body."""
    return Refusal(400, "ERROR_INVALID_PARAMETERS", message)
