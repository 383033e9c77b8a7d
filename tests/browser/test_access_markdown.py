"""Escaped text in a real browser: every place that reads markdown shows it and does nothing."""

import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
import requests

from pages.access.escaping import JOINER

pytestmark = pytest.mark.browser
ROOT = Path(__file__).resolve().parents[2]
CASES = [
    "![x](http://evil.example/x.png)",
    "[click](javascript:alert(1))",
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "http://evil.example/a?b=c https://evil.example",
    "HTTP://EVIL.EXAMPLE WWW.EVIL.EXAMPLE (www.evil.example)",
    "jane@mail.com x.jane+tag@mail.co.uk mailto:jane@mail.com",
    "https://user:password@evil.example/",
    ":red[paid] :blue-badge[paid] :small[x]",
    ":material/verified: :smile: :streamlit: verified",
    "$x^2$ $$y$$",
    "**b** _i_ ~~s~~ `c` ^u^ &amp; <!-- n -->",
    "# heading",
    "- [ ] task[^1]",
    "1. list",
    "a -> b <- c -- d <-> >= <= ~=",
    "| a | b |",
    '=HYPERLINK("https://evil.example/x","Bob")',
]
SCRIPT = """
import json, sys
import streamlit as st
sys.path.insert(0, {root!r})
from pages.access.escaping import inert
for number, case in enumerate(json.loads({cases!r})):
    with st.container(key=f"case{{number}}"):
        st.caption(inert(case))
        st.header(inert(case), anchor=False)
        st.error(inert(case), title=inert(case))
        st.button(inert(case), key=f"button{{number}}")
        st.metric(inert(case), "1")
        st.checkbox(inert(case), key=f"box{{number}}")
        st.progress(0.5, text=inert(case))
        st.expander(inert(case)).text("x")
st.text("the end")
"""
ACTIVE = (
    "a, img:not([alt='']), code, pre, em, del, ol, ul, table, hr, sup, .katex, "
    "[data-testid=stMarkdownContainer] strong, [data-testid=stMarkdownContainer] [style*=color]"
)
PLACES = "[data-testid=stMarkdownContainer] p, h2"


@pytest.fixture(scope="module")
def shown(browser, tmp_path_factory):
    """A page of a bare Streamlit with every case in every place."""
    import json

    folder = tmp_path_factory.mktemp("markdown")
    script = folder / "script.py"
    script.write_text(SCRIPT.format(root=str(ROOT), cases=json.dumps(CASES)))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = [f"--server.port={port}", "--server.headless=true", "--server.address=127.0.0.1"]
    process = subprocess.Popen(
        [sys.executable, "-m", "streamlit", "run", str(script), *options],
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    context = browser.new_context()
    try:
        for _ in range(300):
            try:
                if requests.get(f"http://127.0.0.1:{port}/_stcore/health", timeout=1).ok:
                    break
            except requests.RequestException:
                time.sleep(0.1)
        page = context.new_page()
        asked = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(f"http://127.0.0.1:{port}")
        page.get_by_text("the end", exact=True).wait_for(timeout=60_000)
        yield page, asked
    finally:
        context.close()
        process.terminate()
        process.wait(20)


@pytest.mark.parametrize("number", range(len(CASES)), ids=CASES)
def test_text_shows_its_own_characters_and_is_nothing_else(shown, number):
    page, _ = shown
    case = page.locator(f".st-key-case{number}")
    assert case.locator(ACTIVE).count() == 0, case.locator(ACTIVE).first.inner_html()
    case.locator(PLACES).nth(8).wait_for()  # elements are drawn one after another
    texts = [text for text in case.locator(PLACES).all_text_contents() if text != "1"]
    assert len(texts) >= 8
    assert {text.replace(JOINER, "") for text in texts} == {CASES[number]}


def test_nothing_was_fetched_from_anywhere_else(shown):
    _, asked = shown
    assert asked
    assert not [url for url in asked if "evil" in url]
