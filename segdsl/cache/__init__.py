"""What libraries have been compiled to, kept between processes.

    library ──key──▶ where ──store──▶ bytes ──encoding──▶ what was compiled

`key` says what all of it depends on, so that nothing kept is ever out of date: another text, schema, setting or version is another
key. `store` keeps bytes in files; several processes may use them at once, and a file that is damaged is not there. `encoding` makes
bytes of the compiler's data and back; a file can hold nothing but data. Where anything goes wrong, all is compiled as if
nothing had been kept.
"""
