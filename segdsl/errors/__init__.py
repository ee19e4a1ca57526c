"""Every message that a user can meet, by area; `RULES` is the whole catalogue.

A module of this package holds, for each code, a `Rule` (what it means, how to mend it, an example of each) and a
constructor that makes the `Diagnostic`. No other module writes message texts. Codes: SEG1xx the text itself,
SEG2xx names and definitions, SEG3xx types, SEG4xx schema and project file, SEG5xx data and databases, SEG6xx what
a backend or dialect cannot do, SEG7xx limits, SEG8xx warnings, SEG9xx usage of the command line and the API.
"""
