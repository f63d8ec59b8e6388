"""The standards: one folder of data per system, and the code that reads them."""
