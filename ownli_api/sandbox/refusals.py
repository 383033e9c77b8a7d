"""What the stand-in refuses, and in which words: Ownli's error body and codes."""

INVALID_PARAMETERS = "ERROR_INVALID_PARAMETERS"
NO_PERMISSIONS = "ERROR_NO_PERMISSIONS_TO_RESOURCE"
INSUFFICIENT_SCOPE = "INSUFFICIENT_SCOPE"
USER_NOT_FOUND = "ERROR_USER_NOT_FOUND"
VEHICLE_NOT_FOUND = "ERROR_VEHICLE_NOT_FOUND"
INTERNAL = "INTERNAL_SERVER_ERROR"
# The documentation shows no code for these; the words are the sandbox's own.
INVALID_CREDENTIALS = "ERROR_INVALID_CREDENTIALS"
UNKNOWN_PATH = "ERROR_UNKNOWN_PATH"
READ_ONLY = "ERROR_METHOD_NOT_ALLOWED"
TOO_MANY_REQUESTS = "ERROR_TOO_MANY_REQUESTS"
CONFLICT = "ERROR_CONFLICT"

CHECK_IN_NOT_FOUND = {
    "mileage": "ERROR_MILEAGE_CHECKIN_NOT_FOUND",
    "condition": "ERROR_CONDITION_CHECKIN_NOT_FOUND",
    "proof_of_address": "ERROR_PROOF_OF_ADDRESS_CHECKIN_NOT_FOUND",  # not seen, spelled like them
}


class Refusal(Exception):  # noqa: N818 - an answer the client earned, not a fault of ours
    """An answer other than 200: its status and error body (none without a code)."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message

    @property
    def body(self) -> dict[str, str] | None:
        """The error body as documented."""
        if not self.code:
            return None
        return {"error_code": self.code, "error_message": self.message}


def invalid(message: str) -> Refusal:
    """The refusal of a parameter."""
    return Refusal(400, INVALID_PARAMETERS, message)
