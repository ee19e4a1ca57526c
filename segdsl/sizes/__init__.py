"""How many customers there are in segments: counts, funnels, overlaps.

In: numbers that were counted elsewhere, by Polars or by a database. Out: results that hosts and notebooks are given. Nothing here
counts customers or knows where they are.
"""
