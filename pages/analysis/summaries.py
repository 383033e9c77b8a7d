"""One plain sentence a figure, by the same name: for a reader who cannot see the figure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import pandas as pd

from pages.analysis import wording
from pages.analysis.charts.canvas import bucket_name
from pages.analysis.metrics import Durations
from pages.analysis.periods import Running
from pages.analysis.terms import MINIMUM_DECIDED

NOTHING = "Nothing in this period."


def submitted(frame: pd.DataFrame, *, running: Running | None = None) -> str:
    """Of `metrics.submitted`."""
    totals = frame.groupby("key", sort=False)["count"].sum()
    total = int(totals.sum())
    if not total:
        return "No check-ins were submitted in this period."
    confirmed = int(frame.loc[frame["status"] == "Confirmed", "count"].sum())
    said = (
        f"{wording.plural(total, 'check-in')} submitted, {wording.count(confirmed)} of them "
        "confirmed"
    )
    return f"{said}{_most(totals, wording.count, running)}."


def rewards_per_week(frame: pd.DataFrame, *, running: Running | None = None) -> str:
    """Of `metrics.rewards_per_week`."""
    count = int(frame["count"].sum())
    if not count:
        return "No rewards were granted in this period."
    by_status = frame.groupby("status", sort=False)["amount_cents"].sum()
    parts = [
        f"{wording.money(cents)} {wording.status(status).lower()}"
        for status, cents in by_status.items()
        if cents
    ]
    split = f": {wording.listing(parts)}" if parts else ""
    total = wording.money(frame["amount_cents"].sum())
    running_words = _running_week(frame["key"], running)
    return f"{wording.plural(count, 'reward')} worth {total}{split}{running_words}."


def earned_per_week(frame: pd.DataFrame, *, running: Running | None = None) -> str:
    """Of `metrics.earned_per_week`."""
    return _money(frame, "earned", "reward", "No rewards were earned in this period.", running)


def claimed_per_week(frame: pd.DataFrame, *, running: Running | None = None) -> str:
    """Of `metrics.claimed_per_week`."""
    return _money(frame, "claimed", "payout", "No payouts were claimed in this period.", running)


def earned_and_claimed(frame: pd.DataFrame, *, running: Running | None = None) -> str:
    """Of `metrics.earned_and_claimed`."""
    parts = []
    for what, noun in (("earned", "reward"), ("claimed", "payout")):
        known = frame[(frame["what"] == what) & frame["amount_cents"].notna()]
        if known.empty:
            parts.append(f"{noun}s are not loaded")
            continue
        money = wording.money(known["amount_cents"].sum())
        parts.append(f"{money} {what} in {wording.plural(known['count'].sum(), noun)}")
    running_words = _running_week(frame["key"], running)
    said = wording.listing(parts)
    return f"{said[:1].upper()}{said[1:]}{running_words}." if len(frame) else NOTHING


def new_users_per_week(frame: pd.DataFrame, *, running: Running | None = None) -> str:
    """Of `metrics.new_users_per_week`."""
    known = frame[frame["count"].notna()]
    if known.empty:
        return "New users are not known for these weeks."
    totals = known.set_index("key")["count"]
    total = int(totals.sum())
    if not total:
        return "No users registered in these weeks."
    missing = len(frame) - len(known)
    gap = f"; {wording.plural(missing, 'week')} not known" if missing else ""
    most = _most(totals, wording.count, running)
    return f"{wording.plural(total, 'new user')} registered{most}{gap}."


def confirmation_rate_per_week(frame: pd.DataFrame, *, running: Running | None = None) -> str:
    """Of `metrics.confirmation_rate_per_week`."""
    everything = frame[frame["kind"] == "all"]
    if running is not None:
        everything = everything[everything["key"] != running.week.code]
    if not everything["decided"].sum():
        return "No check-ins of complete weeks were decided in this period."
    last = everything[everything["decided"] >= MINIMUM_DECIDED].tail(2)
    if last.empty:
        confirmed, decided = everything["confirmed"].sum(), everything["decided"].sum()
        return (
            f"Fewer than {MINIMUM_DECIDED} check-ins were decided in every complete week: "
            f"{wording.count(confirmed)} of {wording.count(decided)} confirmed together."
        )
    newest = last.iloc[-1]
    said = (
        f"{wording.percent(newest['rate'])} of the decided check-ins of "
        f"{bucket_name(newest['key'])} were confirmed"
    )
    if len(last) < 2:
        return f"{said}."
    before = last.iloc[0]
    points = wording.points(newest["rate"], before["rate"])
    return f"{said}, {points} against {before['key']}."


def time_to_decision(durations: Durations) -> str:
    """Of `metrics.time_to_decision`."""
    return _lengths(durations, "check-in", "decided")


def time_to_claim(durations: Durations) -> str:
    """Of `metrics.time_to_claim`."""
    return _lengths(durations, "reward", "claimed")


def by_kind_and_status(frame: pd.DataFrame) -> str:
    """Of `metrics.by_kind_and_status`."""
    totals = frame.groupby("kind", sort=False)["count"].sum()
    parts = [
        f"{wording.count(total)} {wording.kind(kind).lower()}" for kind, total in totals.items()
    ]
    if not totals.sum():
        return "No check-ins in this period."
    return f"{wording.plural(totals.sum(), 'check-in')}: {wording.listing(parts)}."


def by_weekday_and_hour(frame: pd.DataFrame) -> str:
    """Of `metrics.by_weekday_and_hour`."""
    if not frame["count"].sum():
        return "No check-ins in this period."
    busiest = _largest(frame, "count")
    days = frame.groupby("weekday", sort=True)["count"].sum()
    fullest, hour = int(days.to_numpy().argmax()), int(busiest["hour"])
    return (
        f"Most check-ins come on {wording.weekday(fullest)}s; the busiest hour is "
        f"{wording.weekday(int(busiest['weekday']))} {hour:02d}:00–{(hour + 1) % 24:02d}:00 with "
        f"{wording.count(busiest['count'])}."
    )


def reasons(frame: pd.DataFrame) -> str:
    """Of `metrics.reasons`; quotes Ownli's note verbatim, so escape the sentence."""
    if frame.empty:
        return "No check-ins are declined or on hold in this period."
    first, total = frame.iloc[0], int(frame["count"].sum())
    noted = frame["note"].notna()
    without = int(frame.loc[~noted, "count"].sum())
    quoted = (
        "no note at all"
        if wording.is_missing(first["note"])
        else f"“{wording.text(first['note'])}”"
    )
    said = (
        f"{wording.plural(total, 'check-in')} declined or on hold; most often {quoted} "
        f"({wording.count(first['count'])} {wording.status(first['status']).lower()})"
    )
    gap = f"; {wording.count(without)} without a note" if without and noted.iloc[0] else ""
    return f"{said}{gap}."


def open_by_age(frame: pd.DataFrame) -> str:
    """Of `metrics.open_by_age`."""
    total = int(frame["count"].sum())
    if not total:
        return "No check-in waits for a decision."
    by_status = frame.groupby("status", sort=False)["count"].sum()
    parts = [
        f"{wording.count(count)} {wording.status(status).lower()}"
        for status, count in by_status.items()
    ]
    ages = frame.groupby("age", sort=False)["count"].sum()
    oldest = ages[(ages > 0) & (ages.index != "no date")]
    tail = (
        f"; {wording.count(oldest.iloc[-1])} of them {oldest.index[-1]} old" if len(oldest) else ""
    )
    return f"{wording.plural(total, 'check-in')} not decided yet: {wording.listing(parts)}{tail}."


def rewards_by(frame: pd.DataFrame) -> str:
    """Of `metrics.rewards_by`; may quote an action code or a new word of Ownli's: escape it."""
    count = int(frame["count"].sum())
    if not count:
        return "No rewards in this period."
    by = str(frame.columns[0])
    write = {
        "status": wording.status,
        "type": wording.reward_type,
        "action_code": wording.action_code,
    }[by]
    largest = _largest(frame, "amount_cents")
    word = write(largest[by])
    total = wording.money(frame["amount_cents"].sum())
    return (
        f"{wording.plural(count, 'reward')} worth {total}; the largest part is "
        f"{word if by == 'action_code' and not wording.is_missing(largest[by]) else word.lower()} "
        f"with {wording.money(largest['amount_cents'])}.{_lacking(frame)}"
    )


def outstanding_by_age(frame: pd.DataFrame) -> str:
    """Of `metrics.outstanding_by_age`."""
    count = int(frame["count"].sum())
    if not count:
        return "No reward is outstanding."
    total = wording.money(frame["amount_cents"].sum())
    oldest = frame[(frame["count"] > 0) & (frame["age"] != "no date")]
    tail = ""
    if len(oldest):
        last = oldest.iloc[-1]
        tail = f", {wording.money(last['amount_cents'])} of it {last['age']} old"
    return f"{total} outstanding in {wording.plural(count, 'reward')}{tail}.{_lacking(frame)}"


def top_earners(frame: pd.DataFrame) -> str:
    """Of `metrics.top_earners`; holds a person's name, so escape the sentence."""
    if frame.empty:
        return "Nobody earned a reward in this period."
    first = frame.iloc[0]
    return (
        f"{wording.name(first['owner_name'])} earned most with "
        f"{wording.money(first['amount_cents'])} in {wording.plural(first['count'], 'reward')}; "
        f"the {wording.plural(len(frame), 'user')} shown earned "
        f"{wording.money(frame['amount_cents'].sum())} together."
    )


def payout_sizes(frame: pd.DataFrame) -> str:
    """Of `metrics.payout_sizes`."""
    count = int(frame["count"].sum())
    if not count:
        return "No payouts in this period."
    common = _largest(frame, "count")
    return (
        f"{wording.plural(count, 'payout')} of {wording.money(frame['amount_cents'].sum())} "
        f"together; most often {common['label']} ({wording.count(common['count'])})."
    )


def funnel(frame: pd.DataFrame) -> str:
    """Of `metrics.funnel`."""
    counts = dict(zip(frame["stage"], frame["count"], strict=True))
    if not counts.get("submitted"):
        return "No check-ins were submitted in this period."
    return (
        f"Of {wording.plural(counts['submitted'], 'check-in')} submitted, "
        f"{wording.count(counts['decided'])} are decided, {wording.count(counts['confirmed'])} "
        f"confirmed, {wording.count(counts['rewarded'])} rewarded and "
        f"{wording.count(counts['claimed'])} claimed."
    )


def _money(frame: pd.DataFrame, verb: str, noun: str, nothing: str, running: Running | None) -> str:
    count = int(frame["count"].sum())
    if not count:
        return nothing
    total = wording.money(frame["amount_cents"].sum())
    most = _most(frame.set_index("key")["amount_cents"], wording.money, running)
    return f"{total} {verb} in {wording.plural(count, noun)}{most}.{_lacking(frame)}"


def _most(totals: pd.Series, write: Callable[[Any], str], running: Running | None) -> str:
    """Which bucket holds most, and that the last one is still running."""
    if len(totals) < 2:
        return ""
    key = str(totals.idxmax())
    said = f"; most in {bucket_name(key)} with {write(totals[key])}"
    return f"{said}{_running_week(totals.index, running)}"


def _running_week(keys: Iterable[Any], running: Running | None) -> str:
    held = set(keys)
    if running is None:
        return ""
    if running.week.code in held:
        return f"; the last week is {running.words}"
    return "; today is still in progress" if running.today.isoformat() in held else ""


def _largest(frame: pd.DataFrame, column: str) -> pd.Series:
    """The first row that holds most."""
    return frame.iloc[int(frame[column].to_numpy("int64").argmax())]


def _lengths(durations: Durations, noun: str, verb: str) -> str:
    if not durations.n:
        return f"No {noun}s were {verb} in this period."
    unusable = ""
    if durations.unusable:
        unusable = f" {wording.count(durations.unusable)} more lack a usable pair of dates."
    return (
        f"Of {wording.plural(durations.n, noun)} {verb}, half took at most "
        f"{wording.hours(durations.median_hours)} and nine in ten at most "
        f"{wording.hours(durations.p90_hours)}.{unusable}"
    )


def _lacking(frame: pd.DataFrame) -> str:
    without = int(frame["without_amount"].sum())
    return f" {wording.count(without)} without an amount." if without else ""
