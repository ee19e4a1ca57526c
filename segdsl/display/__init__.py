"""How things look to people: the width of texts, shares and bars, pieces of html.

In: texts and numbers. Out: texts. Nothing here knows the language, data, or what a terminal is.
"""
