"""S1: declarations of assets and interests, version 2.0."""
