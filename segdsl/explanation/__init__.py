"""Definitions in plain English: sentences, windows resolved for an ``as_of``, what is read, whom missing values put where."""
