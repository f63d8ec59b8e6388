"""`python -m tests.docs`: write the reference pages that follow from the code."""

import sys

from tests.docs.pages import PAGES, REFERENCE


def main() -> None:
    for name, write in PAGES.items():
        (REFERENCE / name).write_text(write(), encoding="utf-8")
        sys.stdout.write(f"✓ docs/reference/{name}\n")


if __name__ == "__main__":
    main()
