"""The speed table of the README: `python -m tests.benchmarks`. Never timed asserts in tests."""
