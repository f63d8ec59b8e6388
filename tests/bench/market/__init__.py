"""The measurements of the marketplace: `python -m tests.bench.market`."""
