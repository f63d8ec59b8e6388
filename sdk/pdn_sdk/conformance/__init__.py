"""Put a provider to the test and say, with evidence, whether it conforms.

May import the client, the standards and the vocabulary of checks. Entry point:
`pdn_sdk.conformance.runner.run`; the result is `report.Report`; `render` shows it.
"""
