"""The look of the HTML report: light, quiet, made to be printed on A4 and Letter."""

from __future__ import annotations

import re

from pages.analysis.charts.palette import Palette

_NOT_PLAIN = re.compile(r"[^\w .,:+()/–-]")

_COLOURS = """
--text: %(text)s; --muted: %(muted)s; --grid: %(grid)s;
  --accent: %(accent)s; --bad: %(declined)s; --good: #14705f; --soft: #f3f5f8; --bar: %(bar)s;
"""
_BODY = """
font: 14px/1.45 system-ui, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
  color: var(--text); max-width: 960px; margin: 0 auto; padding: 28px 24px 48px;
"""
_RULES = """
* { box-sizing: border-box; }
h1 { font-size: 26px; line-height: 1.2; margin: 0; font-weight: 650; letter-spacing: -.01em; }
h2 { font-size: 17px; margin: 30px 0 8px; padding-top: 11px; font-weight: 650;
  border-top: 1.5px solid var(--text); }
h3 { font-size: 13.5px; margin: 0 0 2px; font-weight: 650; }
p { margin: 0 0 8px; }
.muted, .note { color: var(--muted); }
.note { font-size: 12px; max-width: 92ch; margin-top: 4px; }
header .week { font-size: 17px; margin: 4px 0 6px; }
header .facts { color: var(--muted); font-size: 12.5px; }
header .lead { font-size: 15.5px; margin: 14px 0 0; max-width: 80ch; }
.chip { display: inline-block; border-radius: 4px; padding: 1px 8px; font-size: 12px;
  font-weight: 600; border: 1px solid currentColor; vertical-align: 2px; }
.chip.yes { color: var(--good); }
.chip.no { color: #8a5a00; }
.chip.env { color: var(--accent); }
.box { border: 1px solid #d9b25f; background: #fdf8ec; border-radius: 6px;
  padding: 9px 14px; margin: 14px 0 10px; font-size: 13px; break-inside: avoid; }
.box ul { margin: 4px 0 0; padding-left: 18px; }
ul.moved { margin: 0; padding: 0; list-style: none; }
ul.moved li { padding: 3px 0 3px 12px; border-left: 3px solid var(--grid); margin-bottom: 7px; }
ul.moved li.big { border-left-color: var(--accent); }
ul.moved b { font-weight: 650; }
ul.moved small { color: var(--muted); white-space: nowrap; }
.tiles { display: grid; grid-template-columns: repeat(5, 1fr); gap: 8px; margin-top: 12px; }
.tile { border: 1px solid var(--grid); border-radius: 6px; padding: 9px 11px; min-width: 0;
  break-inside: avoid; }
.tile summary { list-style: none; cursor: pointer; }
.tile summary::-webkit-details-marker { display: none; }
.tile summary:focus-visible { outline: 2px solid var(--accent); outline-offset: 4px; }
.tile .label { font-size: 12px; color: var(--muted); }
.tile .value { font-size: 20px; font-weight: 650; line-height: 1.25; letter-spacing: -.01em;
  font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
.tile .value.withheld { font-size: 14px; color: var(--muted); }
.tile .change { font-size: 12px; font-weight: 600; }
.tile .sub { font-size: 11.5px; color: var(--muted); }
.good { color: var(--good); }
.bad { color: var(--bad); }
.spark { display: block; width: 100%%; max-width: 130px; height: 22px; margin: 4px 0 2px; }
.receipt { font-size: 11.5px; color: var(--muted); border-top: 1px solid var(--grid);
  margin-top: 6px; padding-top: 6px; overflow-wrap: anywhere; }
.receipt p { margin: 0 0 4px; }
figure { margin: 0 0 14px; break-inside: avoid; }
figure svg, figure img { display: block; width: 100%%; height: auto; }
figure svg text { font-family: inherit; font-variant-numeric: tabular-nums; }
figcaption { font-size: 12px; color: var(--muted); margin-bottom: 4px; }
.legend { display: flex; flex-wrap: wrap; gap: 2px 14px; font-size: 12px; margin: 2px 0 4px; }
.legend i { display: inline-block; width: 10px; height: 10px; border-radius: 2px;
  margin-right: 5px; }
.legend .sample { display: inline-block; width: 26px; height: 10px; margin-right: 5px;
  vertical-align: middle; }
.legend i.hollow { background: #fff; border: 1.4px dashed %(confirmed)s; }
.two { display: grid; grid-template-columns: 1fr 1fr; gap: 6px 26px; }
.three { display: grid; grid-template-columns: 1fr 1fr 1fr; gap: 6px 18px;
  break-inside: avoid; }
.two > *, .three > * { min-width: 0; }
.card { break-inside: avoid; margin-bottom: 14px; }
table { border-collapse: collapse; width: 100%%; font-size: 12.5px;
  font-variant-numeric: tabular-nums; }
caption { text-align: left; font-size: 13.5px; font-weight: 650; padding-bottom: 3px; }
th, td { padding: 3.5px 8px 3.5px 0; text-align: left; vertical-align: top; }
th { font-weight: 600; color: var(--muted); font-size: 11.5px; vertical-align: bottom;
  border-bottom: 1px solid #b9bfc8; }
td { border-bottom: 1px solid var(--grid); overflow-wrap: break-word; }
td:first-child { overflow-wrap: anywhere; min-width: 84px; }
tr { break-inside: avoid; }
th.n, td.n { text-align: right; padding-right: 0; padding-left: 10px; }
td.n, td.mono { white-space: nowrap; }
.n + th:not(.n), .n + td:not(.n) { padding-left: 18px; }
tr.sum td { font-weight: 650; }
thead { display: table-header-group; }
td .barbox { display: block; height: 3px; margin-top: 2px; max-width: 340px; }
td .barbox i { display: block; height: 3px; background: var(--bar); border-radius: 2px; }
.heat td.n, .heat th.n { text-align: center; padding: 3px 2px; font-size: 11.5px; }
.heat td.blank { border-bottom-color: transparent; }
.failed { color: var(--bad); font-weight: 650; }
.passed { color: var(--good); font-weight: 600; }
details.more { margin: 2px 0 14px; font-size: 12.5px; }
details.more > summary { cursor: pointer; color: var(--accent); }
dl { margin: 0; padding: 0; font-size: 12.5px; columns: 2; column-gap: 28px; }
dl div { break-inside: avoid; margin-bottom: 7px; }
dt { font-weight: 650; }
dd, dl div, dt { margin-left: 0; padding: 0; }
dd { margin: 0; color: var(--muted); }
.mono { font-family: ui-monospace, "SFMono-Regular", Menlo, Consolas, monospace;
  font-size: 11px; }
footer { margin-top: 26px; font-size: 11.5px; color: var(--muted); }
svg.defs { position: absolute; width: 0; height: 0; }
"""
_NARROW = """
  .tiles { grid-template-columns: 1fr 1fr; }
  .two, .three { grid-template-columns: minmax(0, 1fr); }
  dl { columns: 1; }
  .scroll, figure { overflow-x: auto; }
  section > figure > svg, section > figure > img { min-width: 500px; }
  /* Scrolled to its end at first: the reported week is the last. */
  section > figure { direction: rtl; }
  section > figure > * { direction: ltr; text-align: start; }
  td:first-child { min-width: 130px; }
"""
_PRINT = """
@page { margin: 14mm 14mm 15mm;
  @bottom-left { content: "%(foot)s"; font: 8pt system-ui, Arial, sans-serif;
    color: #5c6270; }
  @bottom-right { content: counter(page) " / " counter(pages);
    font: 8pt system-ui, Arial, sans-serif; color: #5c6270; } }
@media print {
  body { max-width: none; padding: 0; font-size: 9pt; line-height: 1.38; }
  h1 { font-size: 19pt; }
  h2 { font-size: 12.5pt; margin: 12pt 0 5pt; padding-top: 6pt; break-after: avoid; }
  h3, caption { font-size: 9.6pt; }
  h3, caption, figcaption, .legend { break-after: avoid; }
  header .lead { font-size: 11pt; }
  .tiles { gap: 6px; }
  .tile { padding: 7px 9px; }
  .tile .value { font-size: 13pt; }
  table { font-size: 8pt; }
  th { font-size: 7.4pt; }
  th, td { padding-top: 2.4px; padding-bottom: 2.4px; }
  .tile .label, .tile .change, .tile .sub, .note, figcaption, .legend { font-size: 7.5pt; }
  details.more, .screen, .receipt, footer { display: none; }
  .keep { break-inside: avoid; }
  dl { font-size: 7.6pt; columns: 3; column-gap: 20px; }
  dl div { margin-bottom: 5px; }
  .two { gap: 4px 22px; }
  .heat td.n, .heat th.n { font-size: 7.4pt; }
  .mono { font-size: 7pt; }
  figure, .card { margin-bottom: 9px; }
}
"""


def sheet(palette: Palette, foot: str) -> str:
    """The style sheet of the file; `foot` stands at the foot of printed pages, as plain letters."""
    text = (
        f":root {{ color-scheme: light; {_COLOURS} }}\n"
        "html { background: #fff; -webkit-print-color-adjust: exact; print-color-adjust: exact; }\n"
        f"body {{ {_BODY} max-width: 960px; margin: 0 auto; padding: 28px 24px 48px; }}\n"
        f"{_RULES}@media screen and (max-width: 720px) {{\n"
        f"body {{ padding: 18px 14px; }} {_NARROW} }}{_PRINT}"
    )
    return _filled(text, palette, foot)


def nested(palette: Palette, name: str) -> str:
    """The same for a part of another page: it reaches only what is inside the class `name`."""
    text = (
        f".{name} {{ container-type: inline-size; color-scheme: light; background: #fff;\n"
        f"border-radius: 8px; padding: 22px 24px; max-width: 960px; {_COLOURS} {_BODY}\n{_RULES}"
        f"@container (max-width: 720px) {{ {_NARROW} }} footer {{ display: none; }} }}"
    )
    return _filled(text, palette, "")


def _filled(text: str, palette: Palette, foot: str) -> str:
    return text % {
        "text": palette.text,
        "muted": palette.muted,
        "grid": palette.grid,
        "accent": palette.accent,
        "declined": palette.declined,
        "confirmed": palette.confirmed,
        "bar": palette.sequential[2],
        "foot": _NOT_PLAIN.sub("", foot),
    }
