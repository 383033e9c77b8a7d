"""The users and their cars: invented names, fictional numbers, example addresses, some awkward."""

from bisect import bisect
from random import Random
from typing import cast

from ownli_api.sandbox import places
from ownli_api.sandbox.facts import DAY, Address, Policy, User, Vehicle
from ownli_api.sandbox.ids import Ids

FIRST_NAMES = (
    *("Alice", "Ben", "Carla", "Darius", "Elena", "Frank", "Grace", "Hector", "Imani", "Jonas"),
    *("Keiko", "Liam", "Maria", "Noah", "Olivia", "Priya", "Quinn", "Rosa", "Samir", "Tessa"),
    *("Umar", "Vera", "Wesley", "Ximena", "Yusuf", "Zara", "Anders", "Bianca", "Caleb", "Dolores"),
    *("Emeka", "Fiona", "Gideon", "Hana", "Ivan", "Joy", "Kofi", "Lucia", "Marcus", "Nadia"),
    *("Oscar", "Paula", "Ravi", "Sofia", "Tomas", "Uma", "Victor", "Wanda", "Yolanda", "Zeke"),
)
LAST_NAMES = (
    *("Abbott", "Baker", "Castillo", "Dawson", "Ellery", "Fontaine", "Garrison", "Hollis"),
    *("Ibarra", "Jansen", "Kowalski", "Lindqvist", "Mbeki", "Navarro", "Okafor", "Patel"),
    *("Quimby", "Rourke", "Sandoval", "Tanaka", "Underwood", "Vasquez", "Whitlock", "Xiong"),
    *("Yates", "Zielinski", "Ashby", "Beaumont", "Calloway", "Delgado", "Eastman", "Faulk"),
    *("Greenbaum", "Hathaway", "Ingram", "Jefferies", "Kimura", "Lockhart", "Marchetti", "Nguyen"),
    *("Oyelaran", "Pemberton", "Quiroga", "Ramsey", "Sorensen", "Thackeray", "Ulrich", "Voss"),
    *("Winslow", "Yamada", "Zamora", "Archer", "Bellweather", "Crane", "Driscoll", "Espinoza"),
)
AWKWARD_NAMES = (
    ("Zoë", "D’Ângelo-O'Brien"),
    ("小明", "王"),
    ("مريم", "الأحمد"),
    ('=HYPERLINK("https://example.com/x","Bob")', "Formulaton"),
    ("<b onmouseover=alert(1)>Bo</b>", "Taggart"),
    ("![pixel](https://tracker.example.com/p.png)", "Downs"),
    ("**Star** :red[Kim]", "$x^2$ O'Markdown"),
    ("Wolfeschlegelsteinhausenbergerdorff", "van der Hoogenbergh-Featherstonehaugh"),
)
MAIL_DOMAINS = ("example.com", "example.net", "example.org", "mail.example.com")
TOS_ANSWERS = ("None", "Accepted", "Accepted", "Accepted", "Declined")
REGIONS = ("Region North", "Region South", "Region East", "Region West")
CHANNELS = ("agent", "web", "call center", "app store")
LINES = ("Auto", "Auto + Home", "Auto + Renters")
USER_ADMIN_NOTES = (
    "Called support about a missing gift card",
    "VIP - handled by the agency team",
    "Moved from the old program in spring",
    "Two accounts merged into this one",
)
CARS = (
    ("1HG", "Honda", ("Civic", "Accord", "CR-V")),
    ("4T1", "Toyota", ("Camry", "Corolla", "RAV4")),
    ("1FT", "Ford", ("F-150", "Escape", "Focus")),
    ("3N1", "Nissan", ("Sentra", "Rogue", "Altima")),
    ("1G1", "Chevrolet", ("Malibu", "Equinox", "Bolt")),
    ("KMH", "Hyundai", ("Elantra", "Tucson")),
    ("JF1", "Subaru", ("Outback", "Forester")),
    ("WBA", "BMW", ("330i", "X3")),
)
VIN_LETTERS = "ABCDEFGHJKLMNPRSTUVWXYZ0123456789"
VIN_VALUES = dict(zip(VIN_LETTERS, (1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 7, 9), strict=False))
VIN_VALUES |= dict(zip("STUVWXYZ", range(2, 10), strict=True))
VIN_VALUES |= {str(digit): digit for digit in range(10)}
VIN_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
VIN_CHECK_PLACE = 8
MODEL_YEAR_LETTERS = {2014 + at: letter for at, letter in enumerate("EFGHJKLMNPRST")}
PLATE_LETTERS = "ABCDEFGHJKLMNPRSTUVWXYZ"
PLATE_STRIDE = 7_368_787  # prime, so consecutive cars get plates that look unrelated

CustomFields = tuple[str | None, str | None, str | None, str | None, str | None]


def user(rng: Random, ids: Ids, registered_ms: int, name: tuple[str, str] | None = None) -> User:
    """A new user somewhere in the US; e-mail and phone are nobody else's."""
    chance = rng.random
    id = ids.user()
    number = ids.users = ids.users + 1
    first, last = name or (
        FIRST_NAMES[int(chance() * len(FIRST_NAMES))],
        LAST_NAMES[int(chance() * len(LAST_NAMES))],
    )
    share = chance() * places.CUMULATIVE_WEIGHTS[-1]
    state = places.STATES[bisect(places.CUMULATIVE_WEIGHTS, share)]
    plain = name is None
    mailbox = f"{first}.{last}".lower() if plain else "customer"
    return User(
        id=id,
        first_name=first,
        last_name=last,
        email=f"{mailbox}{number}@{MAIL_DOMAINS[int(chance() * len(MAIL_DOMAINS))]}",
        phone=_phone(ids, state),
        address=_address(rng, state),
        registered_ms=registered_ms,
        updated_ms=registered_ms,
        email_verified=chance() < 0.88,
        phone_verified=chance() < 0.95,
        fraud=chance() < 0.008,
        tos_answer=TOS_ANSWERS[int(chance() * len(TOS_ANSWERS))],
        partner_code=f"NL-{number:05d}" if chance() < 0.6 else None,
        admin_note=rng.choice(USER_ADMIN_NOTES) if chance() < 0.04 else None,
        custom_fields=_custom_fields(rng, number),
        policy=_policy(rng, number, registered_ms) if chance() < 0.65 else None,
    )


def vehicle(rng: Random, ids: Ids, owner: User, added_ms: int) -> Vehicle:
    """A new car of a user; VIN (with its check digit) and plate are no other car's."""
    chance = rng.random
    ids.vehicles += 1
    prefix, make, models = CARS[int(chance() * len(CARS))]
    year = 2014 + int(chance() * len(MODEL_YEAR_LETTERS))
    state = owner.address.state
    return Vehicle(
        id=ids.vehicle(),
        owner_id=owner.id,
        license=_plate(ids.vehicles, places.BY_CODE[state].plate),
        vin=_vin(rng, prefix, year, ids.vehicles),
        state=state,
        make=make,
        model=models[int(chance() * len(models))],
        year=str(year),
        added_ms=added_ms,
        updated_ms=added_ms,
        active=True,
        mileage=int(4_000 + 11_000 * chance() * (2027 - year)),
    )


def _phone(ids: Ids, state: places.State) -> str:
    """The fictional 555-01xx range first; a large world runs on through 555-02xx and so on."""
    taken = ids.phones[state.code] = ids.phones.get(state.code, -1) + 1
    block, place = divmod(taken, 100 * len(state.area_codes))
    area, line = divmod(place, 100)
    return f"+1{state.area_codes[area]}555{(block + 1) % 100:02d}{line:02d}"


def _address(rng: Random, state: places.State) -> Address:
    chance = rng.random
    city = state.cities[int(chance() * len(state.cities))]
    street = places.STREETS[int(chance() * len(places.STREETS))]
    return Address(
        line_1=f"{int(100 + chance() * 9_800)} {street}",
        line_2=rng.choice(places.SECOND_LINES) if chance() < 0.25 else None,
        city=city.name,
        state=state.code,
        zip=f"{city.zip_prefix}{int(chance() * 100):02d}",
        latitude=round(city.latitude + (chance() - 0.5) * 0.2, 6),
        longitude=round(city.longitude + (chance() - 0.5) * 0.2, 6),
    )


def _custom_fields(rng: Random, number: int) -> CustomFields:
    chance = rng.random
    fields = (
        REGIONS[int(chance() * len(REGIONS))],
        f"AG-{int(100 + chance() * 60)}",
        LINES[int(chance() * len(LINES))],
        CHANNELS[int(chance() * len(CHANNELS))],
        f"EXT-{number:06d}",
    )
    return cast(CustomFields, tuple(one if chance() < 0.85 else None for one in fields))


def _policy(rng: Random, number: int, registered_ms: int) -> Policy:
    start = (registered_ms // DAY - int(rng.random() * 200)) * DAY
    return Policy(f"NL-{800000 + number}", start, start + 365 * DAY)


def _vin(rng: Random, prefix: str, year: int, number: int) -> str:
    middle = "".join(VIN_LETTERS[int(rng.random() * len(VIN_LETTERS))] for _ in range(5))
    text = f"{prefix}{middle}0{MODEL_YEAR_LETTERS[year]}A{number % 1_000_000:06d}"
    total = sum(VIN_VALUES[one] * weight for one, weight in zip(text, VIN_WEIGHTS, strict=True))
    check = "X" if total % 11 == 10 else str(total % 11)
    return text[:VIN_CHECK_PLACE] + check + text[VIN_CHECK_PLACE + 1 :]


def _plate(number: int, pattern: str) -> str:
    left = number * PLATE_STRIDE
    signs = []
    for sign in pattern:
        letters = PLATE_LETTERS if sign == "A" else "0123456789"
        left, at = divmod(left, len(letters))
        signs.append(letters[at])
    return "".join(signs)
