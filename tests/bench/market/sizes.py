"""How much there is to measure."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sizes:
    """Units: `seconds` is how long each crowd of `users` asks for pages."""

    resources: int
    institutions: int
    runs: int
    users: int
    seconds: float
    soak: int
    looks: int


COUNTRY = Sizes(
    resources=10_170,  # 10,000 of them listed, the rest in review
    institutions=7_217,
    runs=500_000,
    users=50,
    seconds=20.0,
    soak=1_000,
    looks=20,
)
SMALL = Sizes(
    resources=600,
    institutions=400,
    runs=6_000,
    users=50,
    seconds=4.0,
    soak=12,
    looks=5,
)
