"""Writes the past of a world: who registered, checked in, earned, was granted and claimed."""

from math import sqrt
from random import Random
from typing import TYPE_CHECKING

from ownli_api.sandbox import claims, people, phrases, places, reviews, submissions
from ownli_api.sandbox.claims import Earned
from ownli_api.sandbox.facts import (
    CONDITION,
    CONFIRMED,
    CUSTOM,
    DAY,
    DECLINED,
    HOUR,
    LOW_MILEAGE_BONUS,
    MILEAGE,
    MINUTE,
    ON_HOLD,
    PENDING,
    PROOF_OF_ADDRESS,
    REWARD_TYPE,
    SURVEY_COMPLETED,
    WEEK,
    CheckIn,
    Reward,
    User,
)
from ownli_api.sandbox.rhythm import Rhythm, Window
from ownli_api.sandbox.submissions import Subject, Submission

if TYPE_CHECKING:
    from ownli_api.sandbox.world import World

CHECK_IN_CENTS = {MILEAGE: 210, CONDITION: 475, PROOF_OF_ADDRESS: 350}
PROMOTION_EXTRA_CENTS = 115
HOME_PHOTO_CENTS, HOME_PHOTO_SHARE = 150, 0.4
REWARDED_SHARE = 0.97
SAME_MOMENT_SHARE = 0.9  # rewards dated exactly like their check-in; the rest a moment later
SECOND_CAR_SHARE, THIRD_CAR_SHARE = 0.38, 0.24  # the third given a second
LEFT_SHARE = 0.04  # cars taken off the policy within the window
BEFORE_SHARE = 0.55  # users who registered before the window
BEFORE_WEEKS = 80
PROMOTED_SHARE = 0.12  # newcomers who came for the promotion
CHANGED_SHARE = 0.3  # users whose record changed after they registered
BAD_WEEK_HARSHER = 2.6
USER_NOTE_SHARE = 0.06
BONUS_SHARE, BONUS_CENTS = 0.03, (500, 750, 1_000)
SURVEY_SHARE, SURVEY_CENTS = 0.10, 125
PROMOTION_GRANT_SHARE, PROMOTION_GRANT_CENTS = 0.35, 500
REFERRAL_SHARE, REFERRAL_CENTS = 0.05, 1_000
REVIEW_SHARE, REVIEW_CENTS = 0.03, 300
GOODWILL_SHARE, GOODWILL_CENTS = 0.03, (250, 333, 500)


def write(world: "World", users: int, check_ins: int | None, weeks: int) -> None:
    """Fill an empty world. ValueError for numbers that make no world."""
    if users < 0 or weeks < 1 or (check_ins or 0) < 0:
        raise ValueError("a world needs at least one week and no negative numbers")
    if check_ins and not users:
        raise ValueError("check-ins need users")
    Historian(world, weeks).write(users, check_ins)


class Historian:
    """Writes one world; everything random comes from one seeded generator, in a fixed order."""

    def __init__(self, world: "World", weeks: int) -> None:
        self.world = world
        self.rng = Random(f"history {world.seed}")
        self.window = Window.of(world.made_ms, weeks)
        earliest = self.window.start - BEFORE_WEEKS * WEEK
        self.rhythm = Rhythm(self.rng, places.ZONES, earliest, self.window.end)
        self.users: list[User] = []
        self.earned: dict[str, list[Earned]] = {}
        self.miles_per_day: dict[str, float] = {}

    def write(self, users: int, check_ins: int | None) -> None:
        """Everything, in the order it depends on each other."""
        self._register(users)
        subjects = self._subjects()
        chosen = submissions.of(self.rng, self.rhythm, self.window, subjects, check_ins)
        for submission in chosen:
            self._check_in(submission)
        self._surveys_and_grants()
        for user in self.users:
            zone = places.BY_CODE[user.address.state].zone
            mine = self.earned[user.id]
            claims.write(self.world, self.rng, self.rhythm, zone, mine, self.window.end)

    def _register(self, users: int) -> None:
        rng, window = self.rng, self.window
        moments = sorted(self._about_when() for _ in range(users))
        count = len(people.AWKWARD_NAMES)
        awkward = {
            (2 * at + 1) * users // (2 * count): name
            for at, name in enumerate(people.AWKWARD_NAMES)
        }
        for place, about in enumerate(moments):
            user = people.user(rng, self.world.ids, int(about), awkward.get(place))
            at = self.rhythm.moment(about, places.BY_CODE[user.address.state].zone)
            at = min(at, window.end - MINUTE - int(rng.random() * DAY))
            user.registered_ms = user.updated_ms = at
            if rng.random() < CHANGED_SHARE:
                user.updated_ms += int(rng.random() * (window.end - at))
            self.world.users[user.id] = user
            self.users.append(user)
            self.earned[user.id] = []

    def _about_when(self) -> float:
        """More and more users: the density of registrations rises through both stretches."""
        chance, window = self.rng.random, self.window
        if chance() < BEFORE_SHARE:
            return window.start - BEFORE_WEEKS * WEEK * (1 - sqrt(chance()))
        if chance() < PROMOTED_SHARE:
            first, last = window.promotion
            return first + chance() * (last - first)
        place = chance()
        return window.start + (place if chance() < 0.5 else sqrt(place)) * (
            window.end - window.start
        )

    def _subjects(self) -> list[Subject]:
        """Every user's home and one to three cars, with the stretch in which they check in."""
        chance, window = self.rng.random, self.window
        subjects: list[Subject] = []
        for user in self.users:
            since = max(window.start, user.registered_ms)
            subjects.append(Subject(PROOF_OF_ADDRESS, user, None, since, window.end))
            cars = 1
            if chance() < SECOND_CAR_SHARE:
                cars = 3 if chance() < THIRD_CAR_SHARE else 2
            added = user.registered_ms + int(chance() * 10 * MINUTE)
            for _ in range(cars):
                vehicle = people.vehicle(self.rng, self.world.ids, user, min(added, window.end))
                self.world.vehicles[vehicle.id] = vehicle
                self.miles_per_day[vehicle.id] = 8 + 45 * chance()
                since, until = max(window.start, vehicle.added_ms), window.end
                if chance() < LEFT_SHARE:
                    until = since + int(chance() * (window.end - since))
                    vehicle.active, vehicle.updated_ms = False, until
                subjects.append(Subject(MILEAGE, user, vehicle, since, until))
                subjects.append(Subject(CONDITION, user, vehicle, since, until))
                added += int(chance() * 6 * WEEK)
        return subjects

    def _check_in(self, submission: Submission) -> None:
        at, kind, user, vehicle = submission
        rng, chance, window = self.rng, self.rng.random, self.window
        check_in = CheckIn(
            self.world.ids.check_in(kind),
            kind,
            PENDING,
            user.id,
            vehicle.id if vehicle else None,
            at,
            at,
        )
        if chance() < USER_NOTE_SHARE and kind != MILEAGE:
            check_in.user_note = rng.choice(phrases.USER_NOTES)
        if kind == MILEAGE and vehicle:
            days = (at - vehicle.added_ms) / DAY
            check_in.mileage = vehicle.mileage + int(days * self.miles_per_day[vehicle.id])
        elif kind == PROOF_OF_ADDRESS:
            check_in.document_type = rng.choice(phrases.DOCUMENT_TYPES)
        check_in.fraud = chance() < reviews.FRAUD_SHARE
        harsher = BAD_WEEK_HARSHER if window.bad(at) and kind != PROOF_OF_ADDRESS else 1.0
        for when, status, note in reviews.fate(
            rng, kind, at, fraud=check_in.fraud, harsher=harsher
        ):
            if when > window.end:
                break
            check_in.updated_ms, check_in.status, check_in.admin_note = when, status, note
            check_in.held = check_in.held or status == ON_HOLD
        self.world.check_ins[check_in.id] = check_in
        if chance() < REWARDED_SHARE:
            self._reward_for(check_in)
        if check_in.status == CONFIRMED and kind == MILEAGE and chance() < BONUS_SHARE:
            self._earn(
                LOW_MILEAGE_BONUS,
                user,
                check_in.updated_ms,
                rng.choice(BONUS_CENTS),
                vehicle_id=check_in.vehicle_id,
            )
        if check_in.status == DECLINED and not check_in.fraud and chance() < GOODWILL_SHARE:
            later = check_in.updated_ms + int((0.5 + 2 * chance()) * DAY)
            self._grant(user, later, rng.choice(GOODWILL_CENTS), phrases.GOODWILL_CODE)

    def _reward_for(self, check_in: CheckIn) -> None:
        """The reward a check-in brings along; it has followed every decision so far."""
        chance, at = self.rng.random, check_in.checked_in_ms
        cents = CHECK_IN_CENTS[check_in.kind]
        if self.window.promoted(at):
            cents += PROMOTION_EXTRA_CENTS
        if check_in.kind == PROOF_OF_ADDRESS and chance() < HOME_PHOTO_SHARE:
            cents += HOME_PHOTO_CENTS
        later = 0 if chance() < SAME_MOMENT_SHARE else 1 + int(chance() * 900)
        final = check_in.status in (CONFIRMED, DECLINED)
        type_ = REWARD_TYPE[check_in.kind]
        reward = Reward(
            self.world.ids.reward(),
            type_,
            check_in.status if final else PENDING,
            check_in.owner_id,
            check_in.vehicle_id,
            min(at + later, self.window.end),
            cents,
            phrases.REWARD_WORDS[type_],
            check_in.id,
        )
        check_in.reward_id = reward.id
        self.world.rewards[reward.id] = reward
        if check_in.status == CONFIRMED:
            self.earned[check_in.owner_id].append((check_in.updated_ms, reward.id, reward))

    def _surveys_and_grants(self) -> None:
        chance, window = self.rng.random, self.window
        batch = window.promotion[1] + 2 * DAY  # the team grants the promotion in one go
        took_part = {
            one.owner_id
            for one in self.world.check_ins.values()
            if one.status == CONFIRMED and window.promoted(one.checked_in_ms)
        }
        for place, user in enumerate(self.users):
            since = max(user.registered_ms, window.start)
            if chance() < SURVEY_SHARE:
                at = since + int(chance() * (window.end - since))
                self._earn(SURVEY_COMPLETED, user, at, SURVEY_CENTS)
            if chance() < REVIEW_SHARE:
                at = since + int(chance() * (window.end - since))
                self._grant(user, at, REVIEW_CENTS, phrases.REVIEW_CODE)
            if user.id in took_part and chance() < PROMOTION_GRANT_SHARE:
                at = batch + place * 40 + int(chance() * 40)
                self._grant(user, at, PROMOTION_GRANT_CENTS, phrases.PROMOTION_CODE)
            if place and user.registered_ms > window.start and chance() < REFERRAL_SHARE:
                friend = self.users[int(chance() * place)]
                at = user.registered_ms + 10 * DAY + int(chance() * 8 * HOUR)
                self._grant(friend, at, REFERRAL_CENTS, phrases.REFERRAL_CODE)

    def _grant(self, user: User, at_ms: int, cents: int, action_code: str) -> None:
        if at_ms > self.window.end:
            return
        self.world.ids.grants += 1
        reference = f"{action_code}-{self.world.ids.grants:06d}"
        self._earn(CUSTOM, user, at_ms, cents, action_code=action_code, client_reference=reference)

    def _earn(
        self,
        type_: str,
        user: User,
        at_ms: int,
        cents: int,
        *,
        vehicle_id: str | None = None,
        action_code: str | None = None,
        client_reference: str | None = None,
    ) -> None:
        """A reward that is Confirmed from its first moment."""
        words = phrases.REWARD_WORDS.get(type_) or phrases.GRANT_WORDS[action_code or ""]
        reward = Reward(
            self.world.ids.reward(),
            type_,
            CONFIRMED,
            user.id,
            vehicle_id,
            at_ms,
            cents,
            words,
            action_code=action_code,
            client_reference=client_reference,
        )
        self.world.rewards[reward.id] = reward
        self.earned[user.id].append((at_ms, reward.id, reward))
