"""What the tests of S6 share: a good provider of contracts, and faults to plant."""
