"""Which room may import what: the layout of the product, held by reading every file's imports."""

import ast
import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
STDLIB = set(sys.stdlib_module_names)

# The most specific room of a file decides; each entry is a module and everything below it.
ROOMS = {
    "ownli_api": {"requests", "urllib3", "msgspec", "pandas", "numpy", "pyarrow", "ownli_api"},
    "ownli_api/sandbox": {"starlette", "uvicorn", "ownli_api.sandbox"},
    "pages/analysis": {
        "pandas",
        "numpy",
        "plotly.graph_objects",
        "xlsxwriter",
        "jinja2",
        "markupsafe",
        "pages.analysis",
    },
    "pages/access": {
        "streamlit",
        "streamlit_authenticator",
        "starlette",
        "bcrypt",
        "zxcvbn",
        "google.protobuf",
        "jwt",
        "extra_streamlit_components",
        "yaml",
        "pandas",
        "pages.access",
        "pages.settings",
    },
    "pages/ui": {
        "PIL",
        "streamlit",
        "pandas",
        "numpy",
        "pyarrow",
        "plotly.graph_objects",
        "ownli_api",
        "pages.analysis",
        "pages.access",
        "pages.settings",
        "pages.ui",
    },
    "pages/jobs": {
        "pandas",
        "yaml",
        "ownli_api",
        "pages.analysis",
        "pages.access",
        "pages.settings",
        "pages.ui.demo",
        "pages.jobs",
    },
    "pages": {"streamlit", "pages.analysis", "pages.access", "pages.settings", "pages.ui"},
    "pages/settings.py": {"ownli_api"},
    "app.py": {"streamlit", "starlette", "pages.access", "pages.settings"},
}
FILES = sorted(
    path
    for path in [ROOT / "app.py", *ROOT.glob("pages/**/*.py"), *ROOT.glob("ownli_api/**/*.py")]
    if "__pycache__" not in path.parts
)


def room_of(path: Path) -> str:
    """The most specific room a file lives in."""
    name = path.relative_to(ROOT).as_posix()
    return max((room for room in ROOMS if name.startswith(room)), key=len)


def imported(source: str) -> set[str]:
    """Every module a source imports, wherever in it; `from a import b` counts as `a.b` too."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, "imports are absolute here"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def strangers(modules: set[str], allowed: set[str]) -> list[str]:
    """The imports that no entry of the room allows."""
    return sorted(
        module
        for module in modules
        if module.split(".")[0] not in STDLIB
        and not any(module == entry or module.startswith(f"{entry}.") for entry in allowed)
    )


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_file_imports_only_what_its_room_may(path):
    source = path.read_text()
    room = room_of(path)
    assert strangers(imported(source), ROOMS[room]) == []
    if room in ("pages/analysis", "ownli_api"):
        assert not re.search(r"\benviron\b", source), "pure rooms read no environment"
        assert "getenv" not in source, "pure rooms read no environment"
    if room == "pages":
        for word in ("session_state", "st.secrets", "requests"):
            assert word not in source, f"a screen does not touch {word}"


def test_a_stranger_is_noticed():
    seen = imported("import requests\nfrom pages.ui import tables\nimport json")
    assert strangers(seen, ROOMS["pages/analysis"]) == ["pages.ui.tables", "requests"]


def module_of(path: Path) -> str:
    """The name under which a file is imported."""
    name = path.relative_to(ROOT).with_suffix("").as_posix().replace("/", ".")
    return name.removesuffix(".__init__")


def test_no_file_is_imported_by_what_it_imports():
    names = {module_of(path): path for path in FILES}
    # A package's own front door names its parts: only what is imported at last counts.
    wanted = {
        name: {found for found in imported(path.read_text()) if found in names and found != name}
        for name, path in names.items()
        if path.name != "__init__.py"
    }
    reached: dict[str, set[str]] = {name: set() for name in wanted}
    for name in wanted:
        waiting = list(wanted[name])
        while waiting:
            other = waiting.pop()
            if other not in reached[name]:
                reached[name].add(other)
                waiting += wanted.get(other, ())
    circles = sorted(name for name, others in reached.items() if name in others)
    assert circles == []
