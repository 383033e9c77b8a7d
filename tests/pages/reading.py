"""Opening a screen as a person would, and reading what stands on it."""

import base64
import html
import json
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Block

from pages import settings
from pages.access import sign_in
from pages.ui import entrance, sources
from tests.pages.conftest import DEVICE, HOUR, MAIN

SECONDS_TO_RUN = 10.0
SECONDS_TO_LOAD = 10.0
SECONDS_BETWEEN_LOOKS = 0.1
SCREENS = ("overview", "users", "check_ins", "rewards", "payouts")
# What a machine says for "nothing here", as words of their own.
MACHINE_WORDS = re.compile(r"(?<![\w$-])(nan|NaN|None|NaT|<NA>|null|undefined|Traceback)(?![\w-])")
LOADING = re.compile(r"\bloading\b", re.IGNORECASE)
SHOWN_FIELDS = (
    "label",
    "body",
    "delta",
    "delta_description",
    "help",
    "placeholder",
    "text",
    "options",
    "value",
    "alt",
    "code_text",
)
# Parts of a figure that are never drawn as they are.
UNDRAWN = ("bdata", "dtype", "hovertemplate", "texttemplate", "uid", "ids", "meta")
# Longer captions are sentences, shorter ones belong to a tile.
SHORT = 60
# Elements whose text is shown as it is: neither markdown nor HTML.
INERT = ("text", "cell", "code", "json", "selectbox", "multiselect", "text_input")
TABLES = ("dataframe", "arrow_data_frame", "table", "arrow_table")


def opened(page: str, role: str = "viewer", /, **query: str) -> AppTest:
    """A screen's first run for somebody who followed a link to it and signed in there."""
    at = AppTest.from_file(str(MAIN), default_timeout=SECONDS_TO_RUN)
    at.run()  # as nobody: registers the screens and loads nothing
    entrance.prepare(settings.load())
    access = sign_in.configured()
    record = access.directory.people()[role]
    until = time.time() + 8 * HOUR
    at.session_state[sign_in.LOGIN] = access.register.open(
        role, DEVICE, until, record.fingerprint
    ).id
    for name, value in query.items():
        at.query_params[name.rstrip("_")] = value
    return at.switch_page(f"{page}.py").run()


def settled(at: AppTest, seconds: float = SECONDS_TO_LOAD) -> AppTest:
    """Run the screen again, as its timer does, until nothing on it is still loading."""
    until = time.monotonic() + seconds
    at_rest = False
    while (is_loading(at) or (is_partial(at) and not at_rest)) and time.monotonic() < until:
        time.sleep(SECONDS_BETWEEN_LOOKS)
        # A sum over a list that cannot be read whole is a lower bound for good.
        at_rest = not sources.refreshing()
        at.run()
    return at


def is_partial(at: AppTest) -> bool:
    """Whether a number on the screen says that it is a lower bound."""
    return any("at least" in one for one in _said(at))


def _said(at: AppTest) -> list[str]:
    words = [f"{tile.value} {tile.delta} {tile.proto.delta_description}" for tile in at.metric]
    return words + [caption.value for caption in at.caption if len(caption.value) < SHORT]


def loaded(page: str, role: str = "viewer", /, **query: str) -> AppTest:
    """A screen with everything on it that will come."""
    return settled(opened(page, role, **query))


def is_loading(at: AppTest) -> bool:
    """Whether anything on the screen says that it is not there yet."""
    if at.get("progress") or at.get("skeleton"):
        return True
    return any(LOADING.search(one) for one in _said(at))


@dataclass(frozen=True)
class Shown:
    """One piece of text: the sort of element it stands in, and the words as sent."""

    where: str
    words: str


def leaves(at: AppTest) -> Iterator[Any]:
    """Every element of the screen that is not a container."""

    def below(block: Any) -> Iterator[Any]:
        for child in block.children.values():
            if isinstance(child, Block):
                yield child
                yield from below(child)
            else:
                yield child

    return below(at._tree)


def shown(at: AppTest) -> Iterator[Shown]:
    """All text a person could see: words, labels, help, cells of tables, text of figures."""
    for element in leaves(at):
        kind = str(element.type)
        if kind == "plotly_chart":
            yield from (Shown(kind, words) for words in words_of_figure(figure_of(element)))
        elif kind in TABLES:
            yield from cells(element)
        else:
            yield from (Shown(kind, words) for words in words_of(element.proto))


def words_of(proto: Any) -> Iterator[str]:
    """The text in an element's message, whatever depth it lies at."""
    if not hasattr(proto, "ListFields"):
        return
    for field, value in proto.ListFields():
        parts = value if isinstance(value, (list, tuple)) or field.is_repeated else [value]
        for part in parts:
            if isinstance(part, str):
                if field.name in SHOWN_FIELDS or field.name in ("content", "header", "title"):
                    yield part
            elif hasattr(part, "ListFields"):
                yield from words_of(part)


def cells(element: Any) -> Iterator[Shown]:
    """Headers and cells of a table as the browser shows them; a missing one by its placeholder."""
    frame = element.value
    missing = getattr(element.proto, "placeholder", "") or "None"
    yield from (Shown("header", str(name)) for name in frame.columns)
    for name in frame.columns:
        for value, gone in zip(frame[name], frame[name].isna(), strict=True):
            yield Shown("cell", missing if gone else str(value))


def figure_of(element: Any) -> dict[str, Any]:
    """The figure of a chart as plotly gets it."""
    return json.loads(element.proto.spec)


def words_of_figure(figure: dict[str, Any]) -> Iterator[str]:
    """Every string of a figure that plotly may draw, also when a pointer rests on it."""
    layout = {key: value for key, value in figure["layout"].items() if key != "template"}

    def below(part: Any) -> Iterator[str]:
        if isinstance(part, str):
            yield part
        elif isinstance(part, dict):
            for key, value in part.items():
                if key == "customdata":
                    yield from below(hovered(value, str(part.get("hovertemplate"))))
                elif key not in UNDRAWN:
                    yield from below(value)
        elif isinstance(part, list):
            for one in part:
                yield from below(one)

    yield from below(layout)
    yield from below(figure["data"])


def hovered(rows: Any, template: str) -> list[Any]:
    """The parts of a trace's own data that its hover text names."""
    named = [int(at) for at in re.findall(r"customdata\[(\d+)\]", template)]
    if not named:
        return rows if "customdata" in template else []
    return [row[at] for row in rows for at in named]


def plain(words: str) -> str:
    """Markdown as a person reads it: without escapes, entities and signs of no width."""
    words = words.translate(dict.fromkeys(map(ord, "\u200b\u2060\ufeff")))
    return html.unescape(re.sub(r"\\([^A-Za-z0-9\s])", r"\1", words))


def everything(at: AppTest) -> str:
    """The screen's text as one string, as read."""
    return "\n".join(plain(one.words) for one in shown(at))


def sentences(at: AppTest) -> list[str]:
    """The sentences that say that something is wrong or missing: boxes and notes."""
    boxes = [*at.error, *at.warning, *at.info]
    return [plain(f"{getattr(box.proto, 'title', '')} {box.value}".strip()) for box in boxes]


def machine_words(at: AppTest) -> list[Shown]:
    """Every text on the screen that holds a technical word for nothing."""
    return [one for one in shown(at) if MACHINE_WORDS.search(plain(one.words))]


def assert_calm(at: AppTest) -> None:
    """No exception, no incident, no technical word."""
    assert not at.exception, [box.value for box in at.exception]
    assert "Something went wrong" not in everything(at)
    assert machine_words(at) == []


def tile(at: AppTest, label: str) -> Any:
    """The one tile of that label."""
    found = [one for one in at.metric if plain(one.label) == label]
    assert len(found) == 1, (label, [one.label for one in at.metric])
    return found[0]


def value(at: AppTest, label: str) -> str:
    """What a tile says in large type."""
    return plain(tile(at, label).value)


def note(at: AppTest, label: str) -> str:
    """What a tile says in small type: its change, its description, the line below it."""
    found = tile(at, label)
    below = [one.value for one in around(at, found) if one.type in ("caption", "text")]
    parts = [found.delta or "", found.proto.delta_description, *below]
    return " ".join(plain(part) for part in parts if part)


def around(at: AppTest, wanted: Any) -> list[Any]:
    """The elements of the largest container that holds this tile and no other."""

    def inside(block: Any) -> list[Any]:
        found = []
        for child in block.children.values():
            found += inside(child) if isinstance(child, Block) else [child]
        return found

    def largest(block: Any) -> list[Any] | None:
        elements = inside(block)
        if not any(one is wanted for one in elements):
            return None
        if sum(one.type == "metric" for one in elements) == 1:
            return elements
        blocks = [child for child in block.children.values() if isinstance(child, Block)]
        return next((found for child in blocks if (found := largest(child))), [wanted])

    return largest(at._tree[0]) or []


def numbers(axis: Any) -> list[float]:
    """An axis of a trace as numbers, whether sent as a list or as packed bytes."""
    if isinstance(axis, dict):
        packed = np.frombuffer(base64.b64decode(axis["bdata"]), dtype=axis["dtype"])
        return [float(one) for one in packed]
    return [0.0 if one is None else float(one) for one in axis]


def figures(at: AppTest) -> list[dict[str, Any]]:
    """Every figure on the screen."""
    return [figure_of(element) for element in at.get("plotly_chart")]


def card(at: AppTest, title: str) -> Block:
    """The innermost container that holds both that heading and a table or figure."""

    def holds(block: Any, test: Any) -> bool:
        return any(
            holds(child, test) if isinstance(child, Block) else test(child)
            for child in block.children.values()
        )

    def is_heading(element: Any) -> bool:
        return element.type in ("subheader", "header", "title") and plain(element.value) == title

    def is_content(element: Any) -> bool:
        return str(element.type) in TABLES or element.type == "plotly_chart"

    found = None
    blocks: list[Any] = [at._tree]
    for block in blocks:
        inner = [child for child in block.children.values() if isinstance(child, Block)]
        if holds(block, is_heading) and holds(block, is_content):
            found = block
            blocks.extend(inner)
    assert found is not None, f"no card {title!r}"
    return found


def table_in(block: Block) -> list[dict[str, Any]]:
    """The rows of the only table in a container."""
    [frame] = [one.value for kind in TABLES for one in block.get(kind)]
    return frame.to_dict("records")
