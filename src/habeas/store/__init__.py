"""The only app with tables: it records what the core decided, and reads it back.

`append` is the one writer. It joins the two pure layers: the core gives a fact its meaning, the register its
bytes; both, and the tables that pages read, change in one transaction or not at all.
"""
