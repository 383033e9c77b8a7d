"""Figures draw what the metric counted: safely, and legibly in both themes on any screen."""

import itertools
import json
import re
from datetime import timedelta

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pages.analysis import charts, metrics, terms
from pages.analysis.charts import canvas as layout
from pages.analysis.charts.canvas import wrapped
from pages.analysis.periods import Period
from tests.unit.analysis_frames import check_ins, many, payouts, rewards, utc
from tests.unit.analysis_pictures import (
    CALENDAR,
    EMPTY,
    FULL,
    NAMES,
    NOW,
    RUNNING,
    TRENDS,
    WEEKS,
    frames,
)

LIGHT, DARK = charts.Palette.light(), charts.Palette.dark()


def draw(name, frame, palette=LIGHT, **more):
    if name in TRENDS:
        more.setdefault("running", RUNNING)
    return getattr(charts, name)(frame, palette, **more)


def bars(figure):
    return [trace for trace in figure.data if trace.type == "bar"]


def test_every_chart_of_the_room_is_drawn_here():
    helpers = {"Palette", "plain"}
    assert set(charts.__all__) - helpers == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
def test_a_figure_is_transparent_takes_the_themes_text_and_is_the_same_every_time(name, palette):
    figure = draw(name, FULL[name], palette)
    assert isinstance(figure, go.Figure)
    assert figure.layout.paper_bgcolor == figure.layout.plot_bgcolor == "rgba(0,0,0,0)"
    assert figure.layout.font.color == palette.text
    assert figure.to_json() == draw(name, FULL[name], palette).to_json()
    template = json.loads(figure.to_json())["layout"]["template"]
    assert len(json.dumps(template)) < 100, "a whole template is 7 kB a figure"
    assert 140 <= figure.layout.height <= 900
    assert len(figure.data) > 0


@pytest.mark.parametrize("name", NAMES)
def test_an_empty_figure_says_so_and_draws_nothing(name):
    empty = EMPTY[name]
    if name == "new_users_per_week":
        empty = empty.assign(count=pd.array([None] * len(empty), dtype="Int64"))
    figure = draw(name, empty)
    assert len(figure.data) == 0
    assert figure.layout.annotations[0].text


@pytest.mark.parametrize("name", NAMES)
def test_no_figure_ever_says_a_technical_word_for_missing(name):
    for frame in (FULL[name], EMPTY[name]):
        said = draw(name, frame).to_json()
        assert not re.search(r"\bNaN\b|\bNaT\b|<NA>|\bNone\b|: ?nan\b", said)


@pytest.mark.parametrize("name", NAMES)
def test_every_mark_carries_key_status_and_a_sentence_for_its_hover(name):
    for trace in draw(name, FULL[name]).data:
        assert trace.hovertemplate == "%{customdata[2]}<extra></extra>"
        marks = list(trace.customdata)
        if trace.type == "heatmap":
            marks = [mark for row in marks for mark in row]
        assert marks
        for _, _, sentence in marks:
            assert sentence.endswith(".")
            assert "{" not in sentence


@pytest.mark.parametrize("by", ["week", "day"])
def test_each_bar_is_as_high_as_the_metric_counts_and_starts_at_zero(by):
    span = WEEKS if by == "week" else Period.of_weeks(WEEKS)
    held, _, _ = many(2_000, NOW)
    frame = metrics.submitted(held, CALENDAR, span, by=by)
    figure = draw("submitted", frame)
    drawn = {
        (mark[0], mark[1]): int(height)
        for trace in bars(figure)
        for mark, height in zip(trace.customdata, trace.y, strict=True)
    }
    counted = {(row["key"], row["status"]): int(row["count"]) for row in frame.to_dict("records")}
    assert drawn == counted
    assert figure.layout.yaxis.range[0] == 0
    assert figure.layout.barmode == "stack"


def test_statuses_are_stacked_in_their_fixed_order_with_their_own_colours():
    at = utc(2026, 11, 18, 15)
    words = ["Zapped", "Declined", "OnHold", "Confirmed", "Archived", "Pending"]
    frame = metrics.submitted(
        check_ins(*[{"status": word, "checked_in_at": at} for word in words]), CALENDAR, WEEKS
    )
    figure = draw("submitted", frame)
    assert [trace.name for trace in figure.data] == [
        "Confirmed",
        "Pending",
        "On hold",
        "Declined",
        "Archived",
        "Zapped",
    ]
    colors = [trace.marker.color for trace in figure.data]
    assert colors[:4] == [LIGHT.confirmed, LIGHT.pending, LIGHT.on_hold, LIGHT.declined]
    assert colors[4:] == [LIGHT.other] * 2
    patterns = [trace.marker.pattern.shape[0] for trace in figure.data[4:]]
    assert len(set(patterns)) == 2, "two grey words need something other than colour"


@pytest.mark.parametrize("name", [name for name in TRENDS if "rate" not in name])
def test_only_the_running_week_is_hatched_and_it_says_how_many_days_it_holds(name):
    figure = draw(name, FULL[name])
    for trace in bars(figure):
        hatched = [
            mark[0]
            for mark, shape in zip(trace.customdata, trace.marker.pattern.shape, strict=True)
            if shape == "/"
        ]
        assert hatched == [RUNNING.week.code]
        assert "In progress, 3 of 7 days." in trace.customdata[-1][2]
        assert "progress" not in trace.customdata[0][2]
    assert "in progress, 3 of 7 days" in figure.layout.annotations[-1].text
    settled = draw(name, FULL[name], running=None)
    assert all(trace.marker.pattern.shape is None for trace in settled.data)
    assert not settled.layout.annotations


def test_today_is_hatched_where_bars_are_days():
    held, _, _ = many(2_000, NOW)
    period = Period.last_days(RUNNING.today, 30)
    frame = metrics.submitted(held, CALENDAR, period, by="day")
    figure = draw("submitted", frame)
    assert figure.data[0].marker.pattern.shape[-1] == "/"
    assert figure.data[0].marker.pattern.shape[-2] == ""
    assert figure.layout.annotations[-1].text == "▨ today, in progress"


@pytest.mark.parametrize("days", [1, 2, 7, 13, 31, 92, 400])
def test_labels_of_days_and_weeks_are_few_short_and_hold_the_newest(days):
    keys = [day.isoformat() for day in Period.last_days(RUNNING.today, days).each_day]
    for buckets in (keys, [week.code for week in WEEKS]):
        axis = layout.bucket_axis(LIGHT, buckets)
        assert 1 <= len(axis["tickvals"]) <= layout.MOST_LABELS
        assert axis["tickvals"][-1] == buckets[-1]
        assert all(len(line) <= 6 for text in axis["ticktext"] for line in text.split("<br>"))


@given(st.floats(0, 1e12))
def test_value_axes_start_at_zero_hold_the_largest_and_have_at_most_six_round_ticks(largest):
    axis = layout.value_axis(LIGHT, largest, layout.short_count)
    assert axis["tickvals"][0] == axis["range"][0] == 0
    assert axis["range"][1] >= largest
    assert len(axis["tickvals"]) <= 6
    assert all(value == int(value) for value in axis["tickvals"]), "nothing is counted in halves"
    assert len(set(axis["ticktext"])) == len(axis["ticktext"])
    assert all(len(text) <= 8 for text in axis["ticktext"])


def test_a_week_of_fewer_than_thirty_decided_has_no_point_and_none_at_all_says_so():
    def facts(week, confirmed, declined):
        at = CALENDAR.starts(week) + timedelta(hours=1)
        return [{"status": "Confirmed", "checked_in_at": at}] * confirmed + [
            {"status": "Declined", "checked_in_at": at}
        ] * declined

    held = check_ins(*facts(WEEKS[0], 27, 3), *facts(WEEKS[1], 28, 1))
    frame = metrics.confirmation_rate_per_week(held, CALENDAR, WEEKS)
    figure = draw("confirmation_rate_per_week", frame)
    everything = figure.data[0]
    assert everything.y[0] == pytest.approx(0.9)
    assert everything.y[1] is None or np.isnan(everything.y[1])
    assert "28 of 29 confirmed" in everything.customdata[1][2]
    few = metrics.confirmation_rate_per_week(check_ins(*facts(WEEKS[1], 28, 1)), CALENDAR, WEEKS)
    assert "table has the counts" in (
        draw("confirmation_rate_per_week", few).layout.annotations[0].text
    )


def test_kinds_are_told_apart_by_dash_and_symbol_too():
    figure = draw("confirmation_rate_per_week", FULL["confirmation_rate_per_week"])
    looks = {(trace.line.dash, trace.marker.symbol[0]) for trace in figure.data}
    assert len(looks) == len(figure.data) > 2


def test_a_clicked_reason_earner_or_stage_carries_its_own_key():
    reasons = draw("reasons", FULL["reasons"], n=3)
    assert [mark[0] for mark in reasons.data[0].customdata] == [
        "" if pd.isna(note) else note for note in FULL["reasons"]["note"].head(3)
    ]
    earners = draw("top_earners", FULL["top_earners"])
    assert [mark[0] for mark in earners.data[0].customdata] == list(FULL["top_earners"]["owner_id"])
    stages = draw("funnel", FULL["funnel"])
    assert [mark[0] for mark in stages.data[0].customdata] == list(FULL["funnel"]["stage"])


def test_the_funnel_names_each_loss_on_the_picture():
    figure = draw("funnel", FULL["funnel"])
    words = " ".join(note.text.replace("<br>", " ") for note in figure.layout.annotations)
    for losses in FULL["funnel"]["losses"]:
        for name, _ in losses:
            assert name in words


def test_lists_of_bars_leave_room_for_their_words_on_a_phone():
    for name in ("reasons", "rewards_by", "outstanding_by_age", "top_earners"):
        figure = draw(name, FULL[name])
        trace = figure.data[0]
        plot = 330
        bar = plot * max(trace.x) / figure.layout.xaxis.range[1]
        assert bar + 7 * max(len(text) for text in trace.text) <= plot + 8
        for note in figure.layout.annotations:
            for line in re.sub(r"<(?!br)[^>]*>", "", note.text).split("<br>"):
                assert len(re.sub(r"&[#\w]+;", "x", line)) <= 52


SPOOFS = (
    '<a href="javascript:alert(1)">x</a>',
    "<b>bold</b> & &amp; <br> <script>",
    "%{customdata[0]} {x} $\\int$",
    "line\nbreak\ttab\x00nul\u202egnp.exe\u2066",
    "=HYPERLINK(1)",
    "",
    "   ",
    "مريم",
    "a" * 500,
)


@given(st.one_of(st.sampled_from(SPOOFS), st.text()), st.integers(2, 80))
def test_text_from_ownli_holds_no_mark_that_plotly_would_read(text, limit):
    for said in (charts.plain(text, limit), wrapped(text, max(limit, 8))):
        body = said.replace("<br>", "")
        assert not set(body) & set("<>{}$%\n\r\t\x00\u202e\u2066")
        assert not re.search(r"&(?!amp;|lt;|gt;|#\d+;)", body)
        assert body.strip()
    letters = re.sub(r"&(amp|lt|gt|#\d+);", "x", charts.plain(text, limit))
    assert len(letters.strip("\u2068\u2069")) <= limit


def test_a_right_to_left_name_is_isolated_from_the_number_behind_it():
    assert charts.plain("مريم الهاشمي") == "\u2068مريم الهاشمي\u2069"
    assert charts.plain("Zoë O'Brien") == "Zoë O'Brien"
    assert charts.plain("王小明") == "王小明"


@settings(max_examples=25)
@given(st.sampled_from(SPOOFS))
def test_no_chart_passes_markup_of_ownlis_on(spoof):
    at = utc(2026, 11, 18, 15)
    word = spoof.strip() or "Odd"
    held = check_ins(
        {"status": "Declined", "note": spoof, "checked_in_at": at},
        {"status": word, "kind": word, "checked_in_at": at},
    )
    given_ = rewards(
        {
            "status": "Confirmed",
            "type": word,
            "action_code": spoof,
            "owner_id": "u1",
            "owner_name": spoof,
            "amount_cents": 100,
            "rewarded_at": at,
        },
        {"status": word, "amount_cents": 100, "rewarded_at": at},
    )
    drawn = frames(held, given_, payouts())
    drawn["by_action"] = metrics.rewards_by(given_, "action_code")
    for name, frame in drawn.items():
        figure = draw("rewards_by" if name == "by_action" else name, frame)
        shown = [note.text for note in figure.layout.annotations]
        for trace in figure.data:
            shown.append(trace.name or "")
            shown.extend(str(text) for text in (trace.text if trace.text is not None else ()))
            if trace.type != "heatmap":
                shown.extend(mark[2] for mark in trace.customdata)
        for text in shown:
            own = re.sub(r"</?(b|br)>|<span style=\"color:#[0-9A-F]{6}\">|</span>", "", text)
            assert not set(own) & set("<>{}"), (name, text)
            assert "javascript" not in own or "&lt;" in own


# ---- colours: WCAG contrast, and Machado, Oliveira & Fernandes (2009) for colour blindness


BLINDNESS = {
    "none": np.eye(3),
    "protanopia": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "deuteranopia": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
    "tritanopia": np.array(
        [
            [1.255528, -0.076749, -0.178779],
            [-0.078411, 0.930809, 0.147602],
            [0.004733, 0.691367, 0.303900],
        ]
    ),
}
XYZ = np.array(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
)


def linear(color):
    shares = np.array([int(color[n : n + 2], 16) / 255 for n in (1, 3, 5)])
    return np.where(shares <= 0.04045, shares / 12.92, ((shares + 0.055) / 1.055) ** 2.4)


def lab(rgb):
    ratio = XYZ @ np.clip(rgb, 0, 1) / (XYZ @ np.ones(3))
    curve = np.where(ratio > 216 / 24389, np.cbrt(ratio), (24389 / 27 * ratio + 16) / 116)
    return np.array([116 * curve[1] - 16, 500 * (curve[0] - curve[1]), 200 * (curve[1] - curve[2])])


def contrast(one, other):
    light, dark = sorted((float(XYZ[1] @ linear(one)), float(XYZ[1] @ linear(other))))[::-1]
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("blindness", sorted(BLINDNESS))
def test_status_colours_stay_apart_for_colour_blind_readers(palette, blindness):
    colors = {word: palette.status(word) for word in (*terms.STATUS_ORDER, "Archived")}
    seen = {word: lab(BLINDNESS[blindness] @ linear(color)) for word, color in colors.items()}
    for one, other in itertools.combinations(seen, 2):
        assert np.linalg.norm(seen[one] - seen[other]) > 15, (one, other)


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
def test_fills_and_texts_have_the_contrast_wcag_asks_for(palette):
    fills = [palette.status(word) for word in (*terms.STATUS_ORDER, "Archived")]
    for fill in (*fills, palette.accent, *palette.kinds, palette.sequential[-1]):
        assert contrast(fill, palette.background) >= 3, fill
    for text in (palette.text, palette.muted):
        assert contrast(text, palette.background) >= 4.5
        assert contrast(text, palette.surface) >= 4.5
    lightness = [lab(linear(color))[0] for color in palette.sequential]
    steps = np.sign(np.diff(lightness))
    assert abs(steps.sum()) == len(steps), "the heat map's scale must run one way"
