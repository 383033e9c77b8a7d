"""A sandbox world as the frames the cache would hold, and numbers counted from it by hand."""

from collections import Counter
from datetime import date, datetime, timedelta
from statistics import median
from zoneinfo import ZoneInfo

import pandas as pd

from pages.analysis.checks import Fetched
from pages.analysis.periods import Calendar, Week
from pages.analysis.report import HISTORY_WEEKS, Inputs, build
from tests.unit import analysis_frames as frames


def check_ins(world) -> pd.DataFrame:
    return frames.check_ins(
        *(
            {
                "id": one.id,
                "kind": one.kind,
                "status": one.status,
                "checked_in_at": one.checked_in_at,
                "updated_at": one.updated_at,
                "owner_id": one.owner_id,
                "state": world.users[one.owner_id].address.state
                if one.kind == "proof_of_address"
                else None,
                "note": one.admin_note,
            }
            for one in world.check_ins.values()
        )
    )


def rewards(world) -> pd.DataFrame:
    return frames.rewards(
        *(
            {
                "id": one.id,
                "status": one.status,
                "type": one.type,
                "action_code": one.action_code,
                "payout_id": one.payout_id,
                "rewarded_at": one.rewarded_at,
                "owner_id": one.owner_id,
                "amount_cents": one.cents,
            }
            for one in world.rewards.values()
        )
    )


def payouts(world) -> pd.DataFrame:
    return frames.payouts(
        *(
            {
                "id": one.id,
                "owner_id": one.owner_id,
                "claimed_at": one.claimed_at,
                "amount_cents": one.cents,
                "rewards_count": len(one.reward_ids),
                "rewards_cents": sum(world.rewards[id].cents for id in one.reward_ids),
            }
            for one in world.payouts.values()
        )
    )


def new_users(world, calendar: Calendar, weeks) -> pd.DataFrame:
    rows = []
    for week in weeks:
        start, end = bounds(calendar.zone, week)
        count = sum(start <= one.registered_at < end for one in world.users.values())
        rows.append({"start": start, "end": end - timedelta(milliseconds=1), "count": count})
    return frames.new_users(*rows)


def bounds(zone: str, week: Week) -> tuple[datetime, datetime]:
    """The week's bounds by the standard library alone."""
    monday = date.fromisocalendar(week.year, week.number, 1)
    local = ZoneInfo(zone)
    starts = [
        datetime(day.year, day.month, day.day, tzinfo=local)
        for day in (monday, monday + timedelta(days=7))
    ]
    return starts[0], starts[1]


class Lists:
    """The frames of a world, made once."""

    def __init__(self, world) -> None:
        self.world = world
        self.check_ins = check_ins(world)
        self.rewards = rewards(world)
        self.payouts = payouts(world)

    def report(self, week, now, zone="America/New_York", archived=(), **changed):
        return build(self.inputs(week, now, zone, **changed), archived)

    def inputs(self, week: Week, now: datetime, zone: str, **changed) -> Inputs:
        calendar = Calendar(zone)
        facts = {
            "check_ins": self.check_ins,
            "rewards": self.rewards,
            "payouts": self.payouts,
            "new_users": new_users(
                self.world, calendar, calendar.weeks_back(week, HISTORY_WEEKS + 1)
            ),
            "users_total": len(self.world.users),
            "calendar": calendar,
            "week": week,
            "now": now,
            "environment": "Sandbox",
            "as_of": now,
            "fetched": [
                Fetched("Check-ins", len(self.check_ins), len(self.world.check_ins)),
                Fetched("Rewards", len(self.rewards), len(self.world.rewards), "rewards"),
            ],
        }
        return Inputs(**facts | changed)


def truth(world, zone: str, week: Week) -> dict:
    """The contract's numbers of a week, counted one record at a time."""
    start, end = bounds(zone, week)
    submitted = [c for c in world.check_ins.values() if start <= c.checked_in_at < end]
    kinds = {}
    for kind in ("mileage", "condition", "proof_of_address"):
        known = Counter(c.status for c in submitted if c.kind == kind)
        words = ["Confirmed", "Pending", "OnHold", "Declined"]
        kinds[kind] = {word: known[word] for word in [*words, *(set(known) - set(words))]}
    confirmed = sum(c.status == "Confirmed" for c in submitted)
    declined = sum(c.status == "Declined" for c in submitted)
    hours = [
        (c.updated_at - c.checked_in_at) / timedelta(hours=1)
        for c in world.check_ins.values()
        if c.status in ("Confirmed", "Declined") and start <= c.updated_at < end
    ]
    granted = [r for r in world.rewards.values() if start <= r.rewarded_at < end]
    claimed = [p for p in world.payouts.values() if start <= p.claimed_at < end]
    open_now = [r.cents for r in world.rewards.values() if r.status == "Confirmed"]
    return {
        "users": {
            "total": len(world.users),
            "new": sum(start <= u.registered_at < end for u in world.users.values()),
            "active": len({c.owner_id for c in submitted}),
        },
        "check_ins": kinds,
        "confirmation_rate": confirmed / (confirmed + declined) if confirmed + declined else None,
        "median_hours_to_decision": median(hours) if hours else None,
        "on_hold_now": sum(c.status == "OnHold" for c in world.check_ins.values()),
        "rewards": {
            status: {
                "count": sum(r.status == status for r in granted),
                "amount": dollars(sum(r.cents for r in granted if r.status == status)),
            }
            for status in ("Pending", "Confirmed", "Declined", "Claimed")
        },
        "outstanding": {"count": len(open_now), "amount": dollars(sum(open_now))},
        "payouts": {
            "count": len(claimed),
            "amount": dollars(sum(p.cents for p in claimed)),
            "undated": 0,
        },
    }


def dollars(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02d}"
