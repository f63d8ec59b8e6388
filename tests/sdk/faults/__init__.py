"""The suite against planted faults: the good provider, and the checks in this process.

The table of faults itself is part of the product: `pdn_sdk.practice`.
"""
