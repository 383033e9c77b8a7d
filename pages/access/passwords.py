"""Password rules, hashing, and the check that costs the same for names nobody has."""

from __future__ import annotations

import re
import secrets
from collections.abc import Collection

import bcrypt
from zxcvbn import zxcvbn

MIN_CHARACTERS = 12
MAX_BYTES = 72  # bcrypt reads no further
ROUNDS = 12
# A password that would be among so many first guesses is refused: the common ones, plain runs and
# repetitions, and the words of the context with little added.
FIRST_GUESSES = 100_000
CONTEXT = ("ownli", "dashboard", "partner", "rewards", "payouts", "check-in", "marketing")
_HASH = re.compile(r"\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}")
_NOBODYS = "TSysy4pmmDmmKTvLy120uO0/Jta9o4eK7YHh3db5VWRiHlZ9aI9Jy"  # of a password thrown away


class PasswordRefused(ValueError):  # noqa: N818 - says what happened to the password
    """The password breaks a rule; the text is the sentence to show."""


def checked(password: str, about: Collection[str] = ()) -> str:
    """The password if it keeps the rules; raises PasswordRefused with one sentence.

    about: what is known of its owner, such as names and an e-mail address.
    """
    if len(password) < MIN_CHARACTERS:
        raise PasswordRefused(f"The password needs at least {MIN_CHARACTERS} characters.")
    if len(password.encode()) > MAX_BYTES:
        raise PasswordRefused(
            f"The password is longer than {MAX_BYTES} bytes; choose a shorter one."
        )
    if "\0" in password:
        raise PasswordRefused("The password holds a NUL character; choose another one.")
    words = [*CONTEXT, *about, *(part for text in about for part in re.split(r"\W+", text))]
    if zxcvbn(password, user_inputs=[word for word in words if word])["guesses"] < FIRST_GUESSES:
        raise PasswordRefused(
            "The password would be among the first to be guessed; choose a less common one."
        )
    return password


def hashed(password: str, about: Collection[str] = (), *, rounds: int = ROUNDS) -> str:
    """The bcrypt hash of a password that keeps the rules."""
    return bcrypt.hashpw(checked(password, about).encode(), bcrypt.gensalt(rounds)).decode()


def fits(password: str, hash_: str) -> bool:
    """Whether the password is the one behind a bcrypt hash."""
    if len(password.encode()) > MAX_BYTES or "\0" in password:
        return False  # bcrypt raises on these
    return bcrypt.checkpw(password.encode(), hash_.encode())


def is_hash(text: str) -> bool:
    """Whether the text is a bcrypt hash as a whole."""
    return _HASH.fullmatch(text) is not None


def rounds_of(hash_: str) -> int:
    """The cost written in a bcrypt hash."""
    found = _HASH.fullmatch(hash_)
    return int(found.group(1)) if found else ROUNDS


def nobodys_hash(rounds: int = ROUNDS) -> str:
    """A hash that no password fits and that costs as much to check as a real one."""
    return f"$2b${rounds:02d}${_NOBODYS}"


def generated(groups: int = 4) -> str:
    """A random password that is easy to copy by eye: groups of five letters and digits."""
    letters = "abcdefghjkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(letters) for _ in range(5)) for _ in range(groups))
