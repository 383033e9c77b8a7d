"""Staff accounts: the file, its sentences, its writers, and the job that edits it."""

import io
import os
import random
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pages.access import passwords
from pages.access.rights import Role
from pages.access.staff_file import StaffProblem, StaffRecord, as_text, parse
from pages.jobs import staff as job
from tests.staff import EditableStaffFile

PASSWORD = "correct horse battery"
HASH = passwords.hashed(PASSWORD, rounds=4)
ROOT = Path(__file__).resolve().parents[2]


def text(**changes: str) -> str:
    fields = {"full_name": "Jane", "role": "viewer", "password": HASH} | changes
    lines = "\n".join(f"    {key}: {value}" for key, value in fields.items() if value)
    return f"usernames:\n  jane:\n{lines}\n"


@pytest.fixture
def path(tmp_path):
    return tmp_path / "staff.yaml"


@pytest.fixture
def run(path, monkeypatch, capsys):
    """Run the job as a terminal would with the lines on standard input."""
    monkeypatch.setenv("AUDIT_FILE", str(path.with_name("audit.jsonl")))
    monkeypatch.setattr(passwords, "ROUNDS", 4)
    monkeypatch.setattr(passwords.hashed, "__kwdefaults__", {"rounds": 4})

    def run(*words, lines=f"{PASSWORD}\n", answers=None):
        asked = iter(answers or [])
        terminal = job.Terminal(io.StringIO(lines), lambda _: next(asked), answers is not None)
        code = job.main(["--file", str(path), *words], terminal)
        out, err = capsys.readouterr()
        return code, (out or err).strip()

    return run


# --- the file


def test_an_account_reads_back_as_it_was_written():
    record = StaffRecord("jane", "Jané O'Doe", "jane@mail.com", Role.ANALYST, HASH, True)
    assert parse(as_text({"jane": record}), "f") == {"jane": record}


@given(st.text(alphabet=st.characters(exclude_categories=["Cs", "Cc"]), max_size=40))
def test_any_full_name_survives_the_file(name):
    record = StaffRecord("jane", name, "", Role.VIEWER, HASH)
    assert parse(as_text({"jane": record}), "f")["jane"].full_name == name


@pytest.mark.parametrize(
    ("content", "line", "names"),
    [
        (text(role="king"), 4, "“role” of jane"),
        (text(role=""), 2, "“role” for jane"),
        (text(password="hunter2hunter2"), 5, "“password” of jane"),
        (text(disabled="maybe"), 6, "“disabled” of jane"),
        (text(colour="red"), 6, "“colour” for jane"),
        (text(full_name="[a]"), 3, "“full_name” of jane"),
        (text(sessions_since="soon"), 6, "“sessions_since” of jane"),
        ("usernames:\n  Jane Doe:\n    role: viewer\n", 2, "username"),
        ("users:\n  jane: {}\n", 1, "“users”"),
        ("- jane\n", 1, "keys and values"),
        ("usernames:\n  jane: admin\n", 2, "keys and values in jane"),
        (text() + text().removeprefix("usernames:\n"), 6, "“jane” twice"),
    ],
)
def test_a_mistake_in_the_file_is_one_sentence_with_file_line_and_key(content, line, names):
    with pytest.raises(StaffProblem) as raised:
        parse(content, "staff.yaml")
    sentence = str(raised.value)
    assert sentence.startswith(f"staff.yaml, line {line}, ")
    assert names in sentence
    assert sentence.count(".") - sentence.count("staff.yaml") - sentence.count(" . ") <= 1
    assert "hunter2" not in sentence


def test_text_that_is_no_yaml_is_one_sentence_with_its_line():
    with pytest.raises(StaffProblem, match=r"staff.yaml \(line 2\) is not valid YAML"):
        parse("usernames:\n  jane: [", "staff.yaml")


def test_a_missing_file_says_how_to_make_the_first_account(path):
    with pytest.raises(StaffProblem, match="does not exist"):
        EditableStaffFile(path).people()


def test_a_file_changed_by_anybody_is_read_again_at_the_next_question(path):
    staff, elsewhere = EditableStaffFile(path), EditableStaffFile(path)
    staff.add(StaffRecord("jane", "", "", Role.VIEWER, HASH))
    assert not staff.people()["jane"].disabled
    elsewhere.change("jane", disabled=True)
    assert staff.people()["jane"].disabled


def test_the_file_is_readable_by_its_owner_only_and_no_other_file_is_left(path):
    EditableStaffFile(path).add(StaffRecord("jane", "", "", Role.VIEWER, HASH))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert {file.name for file in path.parent.iterdir()} == {"staff.yaml", "staff.yaml.lock"}


def test_a_write_that_fails_leaves_the_old_file_whole(path, monkeypatch):
    staff = EditableStaffFile(path)
    staff.add(StaffRecord("jane", "", "", Role.VIEWER, HASH))
    before = path.read_text()

    def fail(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", fail)
    with pytest.raises(StaffProblem, match="no space left on device"):
        staff.change("jane", disabled=True)
    assert path.read_text() == before
    assert {file.name for file in path.parent.iterdir()} == {"staff.yaml", "staff.yaml.lock"}


def test_accounts_added_by_many_writers_at_once_are_all_there(path):
    code = (
        "import sys; from pathlib import Path\n"
        "from pages.access.staff_file import StaffRecord; from pages.access.rights import Role\n"
        "from tests.staff import EditableStaffFile\n"
        "staff = EditableStaffFile(Path(sys.argv[1]))\n"
        "for i in range(10):\n"
        "    staff.add(StaffRecord(f'{sys.argv[2]}{i}', '', '', Role.VIEWER, sys.argv[3]))\n"
    )
    writers = [
        subprocess.Popen([sys.executable, "-c", code, str(path), name, HASH], cwd=ROOT)
        for name in ("ann", "bob", "cid")
    ]
    assert [writer.wait(60) for writer in writers] == [0, 0, 0]
    assert len(EditableStaffFile(path).people()) == 30


def test_a_record_shows_neither_hash_nor_address(path):
    assert HASH not in repr(StaffRecord("jane", "", "jane@mail.com", Role.VIEWER, HASH))
    assert "mail.com" not in repr(StaffRecord("jane", "", "jane@mail.com", Role.VIEWER, HASH))


# --- passwords


def test_twelve_characters_are_enough_and_eleven_are_not():
    assert passwords.checked("kfj2-djk3-9d")
    with pytest.raises(passwords.PasswordRefused, match="at least 12 characters"):
        passwords.checked("kfj2-djk3-9")


def test_what_bcrypt_would_cut_off_is_refused_with_a_sentence():
    letters = "".join(random.Random(1).sample([chr(0xC0 + at) for at in range(60)], 36))
    assert passwords.checked(letters)
    with pytest.raises(passwords.PasswordRefused, match="longer than 72 bytes"):
        passwords.checked(letters + "a")


def test_nobodys_hash_is_a_hash_of_the_same_cost_that_fits_nothing():
    import bcrypt

    hash_ = passwords.nobodys_hash(4)
    assert passwords.is_hash(hash_)
    assert passwords.rounds_of(hash_) == 4
    assert not bcrypt.checkpw(PASSWORD.encode(), hash_.encode())


# --- the job


def test_an_added_account_can_be_listed_and_its_password_checked(run, path):
    import bcrypt

    code, said = run("add", "Jane", "--role", "admin", "--full-name", "Jane Doe")
    assert (code, said) == (0, f"Added jane (admin) to {path}.")
    assert run("list") == (0, "jane  admin  enabled  Jane Doe")
    assert bcrypt.checkpw(
        PASSWORD.encode(), EditableStaffFile(path).people()["jane"].password.encode()
    )


def test_a_person_types_the_password_twice_and_alike(run):
    assert run("add", "jane", "--role", "viewer", answers=[PASSWORD, PASSWORD])[0] == 0
    code, said = run("add", "bob", "--role", "viewer", answers=[PASSWORD, PASSWORD + "x"])
    assert (code, said) == (1, "The two passwords are not the same.")


@pytest.mark.parametrize(
    ("words", "lines", "said"),
    [
        (("add", "jane", "--role", "viewer"), "short\n", "at least 12 characters"),
        (("add", "jane", "--role", "viewer"), "", "at least 12 characters"),
        (("add", "jane", "--role", "viewer"), "x" * 73 + "\n", "longer than 72 bytes"),
        (("add", "jane", "--role", "king"), "", "invalid choice: 'king'"),
        (("add", "jane"), "", "--role"),
        (("add", "ja ne", "--role", "viewer"), "", "cannot be a username"),
        (("disable", "bob"), "", "There is no account named “bob”."),
        (("role", "bob", "admin"), "", "There is no account named “bob”."),
        (("password", "bob"), f"{PASSWORD}\n", "There is no account named “bob”."),
        (("dance",), "", "invalid choice: 'dance'"),
        ((), "", "VERB"),
        (("list",), "", "does not exist"),
    ],
)
def test_what_cannot_be_done_is_exit_code_1_and_one_sentence(run, path, words, lines, said):
    if words and words[0] in ("disable", "role", "password"):
        EditableStaffFile(path).add(StaffRecord("jane", "", "", Role.VIEWER, HASH))
    code, sentence = run(*words, lines=lines)
    assert code == 1
    assert said in sentence
    assert "\n" not in sentence


def test_a_name_is_given_once_only(run):
    run("add", "jane", "--role", "viewer")
    code, said = run("add", "JANE", "--role", "admin")
    assert (code, said) == (1, "There is already an account named “jane”.")


def test_disable_enable_role_and_password_change_what_they_say(run, path):
    run("add", "jane", "--role", "viewer")
    first = EditableStaffFile(path).people()["jane"]
    assert run("disable", "jane")[0] == 0
    assert EditableStaffFile(path).people()["jane"].disabled
    assert run("enable", "jane")[0] == 0
    assert not EditableStaffFile(path).people()["jane"].disabled
    assert run("role", "jane", "analyst")[0] == 0
    assert EditableStaffFile(path).people()["jane"].role is Role.ANALYST
    assert run("password", "jane", lines="another long password\n")[0] == 0
    assert EditableStaffFile(path).people()["jane"].fingerprint != first.fingerprint


def test_the_e_mail_of_single_sign_on_is_stored_and_changed(run, path):
    run("add", "jane", "--role", "viewer", "--email", " jane@example.com")
    assert EditableStaffFile(path).people()["jane"].email == "jane@example.com"
    assert run("email", "jane", "doe@example.com") == (0, "jane has another e-mail now.")
    assert EditableStaffFile(path).people()["jane"].email == "doe@example.com"
    assert run("email", "jane", "")[0] == 0
    assert EditableStaffFile(path).people()["jane"].email == ""


@pytest.mark.parametrize("verb", ["disable", "password"])
def test_disabling_and_a_new_password_end_sign_ins_made_before(run, path, verb):
    run("add", "jane", "--role", "viewer")
    assert EditableStaffFile(path).people()["jane"].sessions_since is None
    run(verb, "jane")
    assert EditableStaffFile(path).people()["jane"].sessions_since is not None


def test_a_damaged_file_is_never_overwritten(run, path):
    path.write_text("usernames: [\n")
    code, said = run("add", "jane", "--role", "viewer")
    assert code == 1
    assert "not valid YAML" in said
    assert path.read_text() == "usernames: [\n"


def test_the_command_works_as_documented_from_a_shell(path):
    command = [sys.executable, "-m", "pages.jobs.staff", "--file", str(path)]
    added = subprocess.run(
        [*command, "add", "jane", "--role", "viewer"],
        input=f"{PASSWORD}\n",
        text=True,
        capture_output=True,
        cwd=ROOT,
        env={**os.environ, "AUDIT_FILE": str(path.with_name("audit.jsonl"))},
        check=False,
    )
    assert (added.returncode, added.stderr) == (0, "")
    listed = subprocess.run(
        [*command, "list"], text=True, capture_output=True, cwd=ROOT, check=False
    )
    assert listed.stdout == "jane  viewer  enabled\n"
