"""Where the users live: states with their weight, time zone, area codes and a few cities."""

from dataclasses import dataclass
from itertools import accumulate


@dataclass(frozen=True, slots=True)
class City:
    """A city; `zip_prefix` is the first three digits of its postal codes."""

    name: str
    zip_prefix: str
    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True)
class State:
    """A US state as this partner knows it; `weight` is its share of the users in per mille."""

    code: str
    weight: int
    zone: str
    area_codes: tuple[str, ...]
    plate: str  # A letter, 9 digit, others as they are
    cities: tuple[City, ...]


EASTERN = "America/New_York"
CENTRAL = "America/Chicago"
MOUNTAIN = "America/Denver"
ARIZONA = "America/Phoenix"
PACIFIC = "America/Los_Angeles"
ZONES = (EASTERN, CENTRAL, MOUNTAIN, ARIZONA, PACIFIC)

STATES = (
    State(
        "CA",
        150,
        PACIFIC,
        ("213", "408", "510", "619", "714", "805", "916"),
        "9AAA999",
        (
            City("Los Angeles", "900", 34.0522, -118.2437),
            City("Sacramento", "958", 38.5816, -121.4944),
            City("San Diego", "921", 32.7157, -117.1611),
        ),
    ),
    State(
        "TX",
        130,
        CENTRAL,
        ("210", "214", "512", "713", "817", "915"),
        "AAA9999",
        (
            City("Austin", "787", 30.2672, -97.7431),
            City("Dallas", "752", 32.7767, -96.7970),
            City("San Antonio", "782", 29.4241, -98.4936),
        ),
    ),
    State(
        "FL",
        110,
        EASTERN,
        ("305", "321", "407", "561", "813", "904"),
        "AA99AA",
        (
            City("Orlando", "328", 28.5383, -81.3792),
            City("Tampa", "336", 27.9506, -82.4572),
            City("Jacksonville", "322", 30.3322, -81.6557),
        ),
    ),
    State(
        "NY",
        90,
        EASTERN,
        ("212", "315", "516", "585", "716"),
        "AAA9999",
        (
            City("Brooklyn", "112", 40.6782, -73.9442),
            City("Buffalo", "142", 42.8864, -78.8784),
            City("Syracuse", "132", 43.0481, -76.1474),
        ),
    ),
    State(
        "TN",
        80,
        CENTRAL,
        ("615", "629", "901", "931"),
        "AAA9999",
        (City("Nashville", "372", 36.1627, -86.7816), City("Memphis", "381", 35.1495, -90.0490)),
    ),
    State(
        "OH",
        70,
        EASTERN,
        ("216", "330", "513", "614"),
        "AAA9999",
        (City("Columbus", "432", 39.9612, -82.9988), City("Cleveland", "441", 41.4993, -81.6944)),
    ),
    State(
        "GA",
        70,
        EASTERN,
        ("404", "678", "706", "912"),
        "AAA9999",
        (City("Atlanta", "303", 33.7490, -84.3880), City("Savannah", "314", 32.0809, -81.0912)),
    ),
    State(
        "IL",
        60,
        CENTRAL,
        ("217", "312", "630", "815"),
        "AA99999",
        (City("Chicago", "606", 41.8781, -87.6298), City("Springfield", "627", 39.7817, -89.6501)),
    ),
    State(
        "PA",
        60,
        EASTERN,
        ("215", "412", "610", "717"),
        "AAA9999",
        (
            City("Philadelphia", "191", 39.9526, -75.1652),
            City("Pittsburgh", "152", 40.4406, -79.9959),
        ),
    ),
    State(
        "NC",
        50,
        EASTERN,
        ("336", "704", "919"),
        "AAA9999",
        (City("Charlotte", "282", 35.2271, -80.8431), City("Raleigh", "276", 35.7796, -78.6382)),
    ),
    State(
        "CO",
        40,
        MOUNTAIN,
        ("303", "719", "970"),
        "AAA999",
        (City("Denver", "802", 39.7392, -104.9903), City("Boulder", "803", 40.0150, -105.2705)),
    ),
    State(
        "AZ",
        40,
        ARIZONA,
        ("480", "520", "602"),
        "AAA9999",
        (City("Phoenix", "850", 33.4484, -112.0740), City("Tucson", "857", 32.2226, -110.9747)),
    ),
    State(
        "WA",
        30,
        PACIFIC,
        ("206", "253", "509"),
        "AAA9999",
        (City("Seattle", "981", 47.6062, -122.3321), City("Spokane", "992", 47.6588, -117.4260)),
    ),
    State(
        "UT", 20, MOUNTAIN, ("435", "801"), "A999AA", (City("Provo", "846", 40.2338, -111.6585),)
    ),
)

BY_CODE = {state.code: state for state in STATES}
CUMULATIVE_WEIGHTS = tuple(accumulate(state.weight for state in STATES))

STREETS = (
    "Maple Street",
    "Oak Avenue",
    "Cedar Lane",
    "Willow Drive",
    "2nd Street",
    "Lakeview Road",
    "Hilltop Court",
    "Birch Way",
    "Sunset Boulevard",
    "Elm Street",
    "River Road",
    "Juniper Circle",
)
SECOND_LINES = ("Apt 2B", "Apt 14", "Unit 7", "# 301", "Floor 3")
