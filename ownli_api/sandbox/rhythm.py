"""When people do things: the weeks a past covers, and the hours people in each zone keep."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

from ownli_api.sandbox.facts import DAY, EPOCH, MINUTE, WEEK

# Share of the days on which somebody who is due acts at once; Monday first.
WEEKDAY_WILLING = (0.92, 0.85, 0.80, 0.78, 0.72, 0.88, 0.60)
# How busy each hour of the day is, midnight first: commutes, lunch and the evening.
HOUR_WEIGHTS = (1, 1, 0, 0, 0, 1, 3, 7, 9, 7, 6, 6, 8, 7, 5, 5, 7, 10, 12, 11, 9, 7, 4, 2)
THURSDAY = 3  # 1970-01-01
LONGEST_SHIFT_DAYS = 6
USUAL_WEEKS = 26  # the window the shares below were thought out for
PROMOTION_AT, PROMOTION_WEEKS = 0.55, 2
BAD_WEEK_AT = 0.75  # an app update that blurred photos, for one week


@dataclass(frozen=True, slots=True)
class Window:
    """The weeks that are written, in milliseconds; `end` is the present."""

    start: int
    end: int
    promotion: tuple[int, int]
    bad_week: tuple[int, int]

    @classmethod
    def of(cls, end: int, weeks: int) -> "Window":
        """The `weeks` weeks up to `end`."""
        length = weeks * WEEK
        start = end - length
        promotion = start + int(length * PROMOTION_AT)
        bad = start + int(length * BAD_WEEK_AT)
        return cls(
            start,
            end,
            (promotion, promotion + PROMOTION_WEEKS * length // USUAL_WEEKS),
            (bad, bad + length // USUAL_WEEKS),
        )

    def promoted(self, ms: float) -> bool:
        """Whether the promotion ran then."""
        return self.promotion[0] <= ms < self.promotion[1]

    def bad(self, ms: float) -> bool:
        """Whether the app blurred photos then."""
        return self.bad_week[0] <= ms < self.bad_week[1]


class Rhythm:
    """Turns "about that day" into a moment when somebody there would be awake and willing."""

    def __init__(self, rng: Random, zones: tuple[str, ...], start_ms: int, end_ms: int) -> None:
        self._chance = rng.random
        self._first_day = start_ms // DAY - 2
        days = range(self._first_day, end_ms // DAY + 3)
        self._offsets = {zone: [_offset_ms(zone, day) for day in days] for zone in zones}
        self._minutes = [
            hour * 60 + minute
            for hour, weight in enumerate(HOUR_WEIGHTS)
            for minute in range(60)
            for _ in range(weight)
        ]

    def moment(self, about_ms: float, zone: str) -> int:
        """A likely moment on that day or one of the next, in milliseconds UTC."""
        chance = self._chance
        day = int(about_ms // DAY)
        for _ in range(LONGEST_SHIFT_DAYS):
            if chance() < WEEKDAY_WILLING[(day + THURSDAY) % 7]:
                break
            day += 1
        return self.on_day(day, zone)

    def on_day(self, day: int, zone: str) -> int:
        """A likely moment on that day of the zone (days since 1970), in milliseconds UTC."""
        minute = self._minutes[int(self._chance() * len(self._minutes))]
        offsets = self._offsets[zone]
        offset = offsets[min(max(day - self._first_day, 0), len(offsets) - 1)]
        return day * DAY + minute * MINUTE + int(self._chance() * MINUTE) - offset


def _offset_ms(zone: str, day: int) -> int:
    """Local time minus UTC at noon of that day."""
    noon = EPOCH + timedelta(days=day, hours=12)
    local = noon.astimezone(ZoneInfo(zone)).replace(tzinfo=UTC)
    return (local - datetime(noon.year, noon.month, noon.day, 12, tzinfo=UTC)) // timedelta(
        milliseconds=1
    )
