"""Which pages are read, and when a finding is asked again."""

import pytest

from pdn_sdk.checking import FindingError, NotTriedError
from pdn_sdk.conformance import walks
from pdn_sdk.conformance.attempts import TRIES, settled


class Living:
    """Stands for a provider whose data move as many times as it says."""

    def __init__(self, moves: int) -> None:
        self.moves = moves
        self.repeats = 0

    def moved(self) -> bool:
        self.moves -= 1
        return self.moves >= 0


def failing(*received: str):
    """Make a check that finds something for each text, and then passes."""
    left = list(received)

    def check() -> None:
        if left:
            raise FindingError("No.", expected="300", received=left.pop(0))

    return check


def test_few_pages_are_all_read():
    assert walks.chosen_pages(4, 60) == [1, 2, 3, 4]


def test_of_many_pages_the_first_the_last_and_the_same_others_are_read():
    chosen = walks.chosen_pages(500, 60)

    assert (len(set(chosen)), chosen[0], chosen[-1]) == (60, 1, 500)
    assert chosen == walks.chosen_pages(500, 60) == sorted(chosen)


def test_what_was_read_says_how_rare_a_flaw_may_be():
    told = walks.coverage(3000, 100_000)

    assert told == {"read": 3000, "seed": walks.SEED, "one_in": 1001}
    assert walks.coverage(300, 300) == walks.coverage(0, 10) == {}


def test_sampling_is_said_in_a_sentence():
    assert "3,000 de 100,000 registros" in walks.sentence([(3000, 100_000)])
    assert walks.sentence([(300, 300)]) == ""


def test_finding_stands_where_the_data_did_not_move():
    with pytest.raises(FindingError):
        settled(Living(0), failing("299"))


def test_finding_of_data_that_moved_once_is_asked_again():
    assert settled(Living(1), failing("299")) is None


def test_same_finding_twice_stands_although_the_data_move():
    with pytest.raises(FindingError):
        settled(Living(9), failing("estado 500", "estado 500"))


def test_nothing_is_said_of_data_that_never_rest():
    with pytest.raises(NotTriedError):
        settled(Living(9), failing(*(str(299 + n) for n in range(TRIES))))
