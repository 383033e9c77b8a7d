"""Writes the past of a world: who registered, checked in, was reviewed, earned and claimed."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import accumulate
from math import exp, sqrt
from random import Random
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from ownli_api.sandbox import people, phrases
from ownli_api.sandbox.records import CheckIn, Reward, User, Vehicle

if TYPE_CHECKING:
    from ownli_api.sandbox.world import World

DAY, WEEK = timedelta(days=1), timedelta(weeks=1)
# Share of the days on which somebody who is due acts at once; Monday first.
WILLING = (0.92, 0.85, 0.80, 0.78, 0.72, 0.88, 0.60)
# How busy each hour of the day is, midnight first: commutes, lunch and the evening.
HOURS = tuple(
    accumulate((1, 1, 0, 0, 0, 1, 3, 7, 9, 7, 6, 6, 8, 7, 5, 5, 7, 10, 12, 11, 9, 7, 4, 2))
)
# Parts of the weeks that are written: a promotion, and an app update that blurred photos.
PROMOTION, BAD_WEEK = (0.55, 0.63), (0.75, 0.79)

BEFORE_SHARE, BEFORE = 0.55, 80 * WEEK  # users who registered before those weeks
PROMOTED_SHARE = 0.06  # users who came for the promotion
CHANGED_SHARE = 0.3  # users whose record changed after they registered
CARS = (1, 1, 1, 1, 1, 2, 2, 3)
LEFT_SHARE = 0.04  # cars taken off the policy
CADENCE = {"mileage": 30 * DAY, "condition": 91 * DAY, "proof_of_address": 182 * DAY}
SHOW_UP_SHARE, PROMOTION_EXTRA_SHARE = 0.82, 0.5
USER_NOTE_SHARE = 0.06

FRAUD_SHARE = 0.006
HOLD_SHARE, RETURN_SHARE = 0.06, 0.85
DECLINE_SHARE = {"mileage": 0.075, "condition": 0.11, "proof_of_address": 0.13}
BAD_WEEK_HARSHER = 2.6
REVIEW, RETURN, CLAIM = timedelta(hours=11.5), timedelta(hours=30), timedelta(hours=40)  # medians
SPREAD = 0.85  # sigma of the logarithm: one in ten takes about three times the median
SHORTEST = timedelta(minutes=3)

CHECK_IN_CENTS = {"mileage": 210, "condition": 475, "proof_of_address": 350}
PROMOTION_EXTRA_CENTS = 115
HOME_PHOTO_CENTS, HOME_PHOTO_SHARE = 150, 0.4
REWARDED_SHARE = 0.97
SAME_MOMENT_SHARE = 0.9  # rewards dated exactly like their check-in; the rest a moment later
# Share of the users who get it, its type, its action code if it is a grant, and its cents.
EXTRAS = (
    (0.15, "LowMileageBonus", None, 750),
    (0.10, "SurveyCompleted", None, 125),
    (0.08, "Custom", phrases.PROMOTION_CODE, 500),
    (0.03, "Custom", phrases.REFERRAL_CODE, 1_000),
    (0.03, "Custom", phrases.REVIEW_CODE, 333),
    (0.05, "Custom", phrases.GOODWILL_CODE, 250),
)
NEVER_CLAIM_SHARE = 0.2
CLAIM_AT_CENTS = (100, 100, 500, 500, 1_000, 2_500)


@dataclass(frozen=True, slots=True)
class Subject:
    """A car or a home that is checked in, from `since` to `until`."""

    kind: str
    user: User
    vehicle: Vehicle | None
    since: datetime
    until: datetime


def write(world: "World", users: int, check_ins: int | None, weeks: int) -> None:
    """Fill an empty world. ValueError for numbers that make no world."""
    if users < 0 or weeks < 1 or (check_ins or 0) < 0:
        raise ValueError("a world needs at least one week and no negative numbers")
    if check_ins and not users:
        raise ValueError("check-ins need users")
    Historian(world, weeks).write(users, check_ins)


def on_day(rng: Random, day: date, zone: ZoneInfo) -> datetime:
    """A moment on that day of the zone when people are awake."""
    (hour,) = rng.choices(range(24), cum_weights=HOURS)
    midnight = datetime(day.year, day.month, day.day, hour, tzinfo=zone)
    return midnight.astimezone(UTC) + rng.random() * timedelta(hours=1)


def wait(rng: Random, median: timedelta) -> timedelta:
    """How long something takes: log-normal, so half within the median and a long tail."""
    return max(SHORTEST, median * exp(rng.gauss(0.0, SPREAD)))


class Historian:
    """Writes one world; everything random comes from one seeded generator, in a fixed order."""

    def __init__(self, world: "World", weeks: int) -> None:
        self.world = world
        self.rng = Random(f"history {world.seed}")
        self.end = world.made_at
        self.start = self.end - weeks * WEEK
        self.subjects: list[Subject] = []
        self.miles_per_day: dict[str, float] = {}
        # By user: when each reward became claimable.
        self.earned: defaultdict[str, list[tuple[datetime, str, Reward]]] = defaultdict(list)

    def write(self, users: int, check_ins: int | None) -> None:
        """Everything, in the order it depends on each other."""
        self._register(users)
        self._settle_in()
        for at, subject in self._submissions(check_ins):
            self._check_in(at, subject)
        self._extras()
        for user in self.world.users.values():
            self._claims(user)

    def _during(self, part: tuple[float, float], at: datetime) -> bool:
        length = self.end - self.start
        return self.start + part[0] * length <= at < self.start + part[1] * length

    def _some_time(self, since: datetime) -> datetime:
        return since + self.rng.random() * (self.end - since)

    def _moment(self, about: datetime, zone: ZoneInfo) -> datetime:
        """On that day or one of the next, when somebody there is awake and willing."""
        day = about.date()
        while self.rng.random() > WILLING[day.weekday()]:
            day += DAY
        return on_day(self.rng, day, zone)

    def _register(self, users: int) -> None:
        rng, world = self.rng, self.world
        abouts = sorted(self._about_when() for _ in range(users))
        count = len(people.AWKWARD_NAMES)
        names = enumerate(people.AWKWARD_NAMES)
        awkward = {(2 * at + 1) * users // (2 * count): name for at, name in names}
        for place, about in enumerate(abouts):
            number, name = world.new_number(), awkward.get(place)
            user = people.user(rng, world.new_id("XT_USR"), number, about, name)
            at = self._moment(about, people.ZONES[user.address.state])
            user.registered_at = user.updated_at = min(at, self.end - rng.random() * DAY)
            if rng.random() < CHANGED_SHARE:
                user.updated_at = self._some_time(user.registered_at)
            world.users[user.id] = user

    def _about_when(self) -> datetime:
        """More and more users: the density of registrations rises through both stretches."""
        chance, length = self.rng.random, self.end - self.start
        if chance() < BEFORE_SHARE:
            return self.start - BEFORE * (1 - sqrt(chance()))
        if chance() < PROMOTED_SHARE / (1 - BEFORE_SHARE):
            return self.start + length * (PROMOTION[0] + chance() * (PROMOTION[1] - PROMOTION[0]))
        return self.start + length * float(chance() ** 0.7)

    def _settle_in(self) -> None:
        """Every user's home and one to three cars, with the stretch in which they check in."""
        chance, world = self.rng.random, self.world
        for user in self.world.users.values():
            since = max(self.start, user.registered_at)
            self.subjects.append(Subject("proof_of_address", user, None, since, self.end))
            added = user.registered_at + chance() * timedelta(minutes=10)
            for _ in range(self.rng.choice(CARS)):
                id, number, added = (
                    world.new_id("XT_IVEH"),
                    world.new_number(),
                    min(added, self.end),
                )
                car = people.vehicle(self.rng, id, number, user, added)
                world.vehicles[car.id] = car
                self.miles_per_day[car.id] = 8 + 45 * chance()
                since, until = max(self.start, car.added_at), self.end
                if chance() < LEFT_SHARE:
                    until = self._some_time(since)
                    car.active, car.updated_at = False, until
                for kind in ("mileage", "condition"):
                    self.subjects.append(Subject(kind, user, car, since, until))
                added += chance() * 6 * WEEK

    def _submissions(self, exactly: int | None) -> list[tuple[datetime, Subject]]:
        """All check-ins in order of time; `exactly` so many, or a natural number."""
        pace = 1.0
        found = self._tried(pace) if exactly != 0 else []
        if exactly is not None:
            while len(found) < exactly:
                pace *= 1.1 * exactly / max(1, len(found))
                found = self._tried(pace)
            found = self.rng.sample(found, exactly)
        return sorted(found, key=lambda one: (one[0], one[1].kind, one[1].user.id))

    def _tried(self, pace: float) -> list[tuple[datetime, Subject]]:
        """Check-ins when everybody's turn comes round `pace` times as often as usual."""
        chance = self.rng.random
        found: list[tuple[datetime, Subject]] = []
        for one in self.subjects:
            zone = people.ZONES[one.user.address.state]
            gap = CADENCE[one.kind] / pace
            # Newcomers check in soon.
            due = one.since + chance() * (min(gap, 3 * DAY) if one.since > self.start else gap)
            while due < one.until:
                promoted = self._during(PROMOTION, due)
                for _ in range(2 if promoted and chance() < PROMOTION_EXTRA_SHARE else 1):
                    if chance() < SHOW_UP_SHARE:
                        at = self._moment(due, zone)
                        found.append((at if one.since <= at < one.until else due, one))
                due += gap * (0.85 + 0.3 * chance())
        return found

    def _check_in(self, at: datetime, subject: Subject) -> None:
        rng, chance, kind, car = self.rng, self.rng.random, subject.kind, subject.vehicle
        id = self.world.new_id(f"XT_{kind[0].upper()}CHK")
        car_id = car.id if car else None
        check_in = CheckIn(id, kind, "Pending", subject.user.id, car_id, at, at)
        if chance() < USER_NOTE_SHARE and kind != "mileage":
            check_in.user_note = rng.choice(phrases.USER_NOTES)
        if kind == "mileage" and car:
            days = (at - car.added_at) / DAY
            check_in.mileage = car.mileage + int(days * self.miles_per_day[car.id])
        elif kind == "proof_of_address":
            check_in.document_type = rng.choice(phrases.DOCUMENT_TYPES)
        check_in.fraud = chance() < FRAUD_SHARE
        for when, status, note in self._reviews(check_in):
            if when <= self.end:
                check_in.updated_at, check_in.status, check_in.admin_note = when, status, note
        self.world.check_ins[id] = check_in
        if chance() < REWARDED_SHARE:
            self._reward_for(check_in)

    def _reviews(self, check_in: CheckIn) -> list[tuple[datetime, str, str | None]]:
        """Every change of a check-in in order: when, status, note; some may lie in the future."""
        rng, kind = self.rng, check_in.kind
        at = check_in.checked_in_at + wait(rng, REVIEW)
        if check_in.fraud:
            return [(at, "Declined", phrases.FRAUD_NOTE)]
        changes: list[tuple[datetime, str, str | None]] = []
        if rng.random() < HOLD_SHARE:
            note = phrases.hold_note(rng, kind)
            changes.append((at, "OnHold", note))
            if rng.random() >= RETURN_SHARE:
                return changes
            at += wait(rng, RETURN)
            changes.append((at, "Pending", note))
            at += wait(rng, REVIEW)
        bad = kind != "proof_of_address" and self._during(BAD_WEEK, check_in.checked_in_at)
        if rng.random() < DECLINE_SHARE[kind] * (BAD_WEEK_HARSHER if bad else 1):
            changes.append((at, "Declined", phrases.decline_note(rng, kind)))
        else:
            changes.append((at, "Confirmed", None))
        return changes

    def _reward_for(self, check_in: CheckIn) -> None:
        """The reward a check-in brings along; it has followed every decision so far."""
        chance, at = self.rng.random, check_in.checked_in_at
        cents = CHECK_IN_CENTS[check_in.kind]
        if self._during(PROMOTION, at):
            cents += PROMOTION_EXTRA_CENTS
        if check_in.kind == "proof_of_address" and chance() < HOME_PHOTO_SHARE:
            cents += HOME_PHOTO_CENTS
        if chance() >= SAME_MOMENT_SHARE:
            at = min(self.end, at + chance() * timedelta(seconds=0.9))
        reward = self.world.add_reward_for(check_in, cents, at)
        if check_in.status in ("Confirmed", "Declined"):
            reward.status = check_in.status
        if check_in.status == "Confirmed":
            self.earned[reward.owner_id].append((check_in.updated_at, reward.id, reward))

    def _extras(self) -> None:
        """What is earned without a check-in: Confirmed from its first moment."""
        for user in self.world.users.values():
            for share, type_, code, cents in EXTRAS:
                if self.rng.random() < share:
                    at = self._some_time(max(self.start, user.registered_at))
                    words = phrases.GRANT_WORDS[code] if code else phrases.REWARD_WORDS[type_]
                    id = self.world.new_id("XT_RWD")
                    reward = Reward(id, type_, "Confirmed", user.id, None, at, cents, words)
                    if code:
                        reward.action_code, reward.client_reference = code, f"{code}-{id}"
                    self.world.rewards[id] = reward
                    self.earned[user.id].append((at, id, reward))

    def _claims(self, user: User) -> None:
        """One user takes the balance, once it is enough, at once, late or never."""
        rng, earned = self.rng, sorted(self.earned[user.id])
        if not earned or rng.random() < NEVER_CLAIM_SHARE:
            return
        enough = rng.choice(CLAIM_AT_CENTS)
        balance: list[Reward] = []
        claims_at: datetime | None = None
        for at, _, reward in earned:
            if claims_at is not None and at > claims_at:
                self.world.pay(balance, claims_at)
                balance, claims_at = [], None
            balance.append(reward)
            if claims_at is None and sum(one.cents for one in balance) >= enough:
                later = at + wait(rng, CLAIM)
                claims_at = on_day(rng, later.date(), people.ZONES[user.address.state])
                claims_at = claims_at if claims_at > at else later
                if claims_at > self.end:
                    return
        if claims_at is not None:
            self.world.pay(balance, claims_at)
