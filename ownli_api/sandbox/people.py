"""The users and their cars: invented names, fictional numbers, example addresses, some awkward."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

from ownli_api.sandbox.records import Address, Policy, User, Vehicle

FIRST_NAMES = (
    *("Alice", "Ben", "Carla", "Darius", "Elena", "Frank", "Grace", "Hector", "Imani", "Jonas"),
    *("Keiko", "Liam", "Maria", "Noah", "Olivia", "Priya", "Quinn", "Rosa", "Samir", "Tessa"),
    *("Umar", "Vera", "Wesley", "Ximena", "Yusuf", "Zara", "Anders", "Bianca", "Caleb", "Dolores"),
)
LAST_NAMES = (
    *("Abbott", "Baker", "Castillo", "Dawson", "Ellery", "Fontaine", "Garrison", "Hollis"),
    *("Ibarra", "Jansen", "Kowalski", "Lindqvist", "Mbeki", "Navarro", "Okafor", "Patel"),
    *("Quimby", "Rourke", "Sandoval", "Tanaka", "Underwood", "Vasquez", "Whitlock", "Xiong"),
    *("Yates", "Zielinski", "Ashby", "Beaumont", "Calloway", "Delgado", "Eastman", "Faulk"),
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
ADMIN_NOTES = (
    "Called support about a missing gift card",
    "VIP - handled by the agency team",
    "Two accounts merged into this one",
)
REGIONS = ("Region North", "Region South", "Region East", "Region West")
LINES = ("Auto", "Auto + Home", "Auto + Renters")
CHANNELS = ("agent", "web", "call center", "app store")
STREETS = ("Maple Street", "Oak Avenue", "Cedar Lane", "Willow Drive", "2nd Street", "River Road")
SECOND_LINES = ("Apt 2B", "Apt 14", "Unit 7", "# 301", "Floor 3")
# Numbers 555-0100 to 555-0199 belong to nobody in any area.
AREA_CODES = (
    *("213", "408", "510", "619", "714", "805", "916", "210", "214", "512", "713", "817", "915"),
    *("305", "321", "407", "561", "813", "904", "212", "315", "516", "585", "716", "615", "901"),
    *("216", "330", "513", "614", "404", "706", "217", "312", "630", "215", "412", "336", "704"),
    *("303", "719", "480", "520", "206", "253", "509"),
)
FIRST_LINE = 100
CARS = (
    ("1HG", "Honda", ("Civic", "Accord", "CR-V")),
    ("4T1", "Toyota", ("Camry", "Corolla", "RAV4")),
    ("1FT", "Ford", ("F-150", "Escape", "Focus")),
    ("1G1", "Chevrolet", ("Malibu", "Equinox", "Bolt")),
    ("KMH", "Hyundai", ("Elantra", "Tucson")),
    ("JF1", "Subaru", ("Outback", "Forester")),
)
FIRST_YEAR, YEARS = 2014, 12
SIGNS = "ABCDEFGHJKLMNPRSTUVWXYZ"  # without I, O and Q, as on plates and in VINs


@dataclass(frozen=True, slots=True)
class City:
    """A city; `zip_prefix` is the first three digits of its postal codes."""

    name: str
    state: str
    zone: str
    zip_prefix: str
    latitude: float
    longitude: float


EASTERN, CENTRAL, PACIFIC = "America/New_York", "America/Chicago", "America/Los_Angeles"
# A state has more users than another by having more cities here.
CITIES = (
    City("Los Angeles", "CA", PACIFIC, "900", 34.0522, -118.2437),
    City("Sacramento", "CA", PACIFIC, "958", 38.5816, -121.4944),
    City("San Diego", "CA", PACIFIC, "921", 32.7157, -117.1611),
    City("Austin", "TX", CENTRAL, "787", 30.2672, -97.7431),
    City("Dallas", "TX", CENTRAL, "752", 32.7767, -96.7970),
    City("San Antonio", "TX", CENTRAL, "782", 29.4241, -98.4936),
    City("Orlando", "FL", EASTERN, "328", 28.5383, -81.3792),
    City("Tampa", "FL", EASTERN, "336", 27.9506, -82.4572),
    City("Brooklyn", "NY", EASTERN, "112", 40.6782, -73.9442),
    City("Buffalo", "NY", EASTERN, "142", 42.8864, -78.8784),
    City("Nashville", "TN", CENTRAL, "372", 36.1627, -86.7816),
    City("Memphis", "TN", CENTRAL, "381", 35.1495, -90.0490),
    City("Columbus", "OH", EASTERN, "432", 39.9612, -82.9988),
    City("Cleveland", "OH", EASTERN, "441", 41.4993, -81.6944),
    City("Atlanta", "GA", EASTERN, "303", 33.7490, -84.3880),
    City("Chicago", "IL", CENTRAL, "606", 41.8781, -87.6298),
    City("Pittsburgh", "PA", EASTERN, "152", 40.4406, -79.9959),
    City("Raleigh", "NC", EASTERN, "276", 35.7796, -78.6382),
    City("Denver", "CO", "America/Denver", "802", 39.7392, -104.9903),
    City("Phoenix", "AZ", "America/Phoenix", "850", 33.4484, -112.0740),
    City("Seattle", "WA", PACIFIC, "981", 47.6062, -122.3321),
)
ZONES = {city.state: ZoneInfo(city.zone) for city in CITIES}


def user(
    rng: Random, id: str, number: int, registered_at: datetime, name: tuple[str, str] | None = None
) -> User:
    """A new user somewhere in the US; `number`, e-mail and phone are nobody else's."""
    chance = rng.random
    first, last = name or (rng.choice(FIRST_NAMES), rng.choice(LAST_NAMES))
    mailbox = "customer" if name else f"{first}.{last}".lower()
    line, area = divmod(number, len(AREA_CODES))
    custom = (
        rng.choice(REGIONS),
        f"AG-{100 + number % 60}",
        rng.choice(LINES),
        rng.choice(CHANNELS),
        f"EXT-{number:06d}",
    )
    starts_at = registered_at.replace(hour=0, minute=0, second=0, microsecond=0)
    policy = Policy(f"NL-{800_000 + number}", starts_at, starts_at + timedelta(days=365))
    return User(
        id=id,
        first_name=first,
        last_name=last,
        email=f"{mailbox}{number}@{rng.choice(MAIL_DOMAINS)}",
        phone=f"+1{AREA_CODES[area]}555{FIRST_LINE + line:04d}",
        address=_address(rng),
        registered_at=registered_at,
        updated_at=registered_at,
        email_verified=chance() < 0.88,
        phone_verified=chance() < 0.95,
        fraud=chance() < 0.008,
        tos_answer=rng.choice(TOS_ANSWERS),
        partner_code=f"NL-{number:05d}" if chance() < 0.6 else None,
        admin_note=rng.choice(ADMIN_NOTES) if chance() < 0.04 else None,
        custom_fields=tuple(one if chance() < 0.85 else None for one in custom),
        policy=policy if chance() < 0.65 else None,
    )


def vehicle(rng: Random, id: str, number: int, owner: User, added_at: datetime) -> Vehicle:
    """A new car of a user; `number`, VIN and plate are no other car's."""
    prefix, make, models = rng.choice(CARS)
    age = rng.randrange(YEARS)
    return Vehicle(
        id=id,
        owner_id=owner.id,
        license=f"{''.join(rng.choices(SIGNS, k=3))}{number % 10_000:04d}",
        vin=f"{prefix}{''.join(rng.choices(SIGNS, k=5))}0{SIGNS[age]}A{number:06d}",
        state=owner.address.state,
        make=make,
        model=rng.choice(models),
        year=str(FIRST_YEAR + age),
        added_at=added_at,
        updated_at=added_at,
        active=True,
        mileage=4_000 + rng.randrange(11_000) * (YEARS - age),
    )


def _address(rng: Random) -> Address:
    city = rng.choice(CITIES)
    return Address(
        line_1=f"{rng.randrange(100, 9_900)} {rng.choice(STREETS)}",
        line_2=rng.choice(SECOND_LINES) if rng.random() < 0.25 else None,
        city=city.name,
        state=city.state,
        zip=f"{city.zip_prefix}{rng.randrange(100):02d}",
        latitude=round(city.latitude + (rng.random() - 0.5) * 0.2, 6),
        longitude=round(city.longitude + (rng.random() - 0.5) * 0.2, 6),
    )
