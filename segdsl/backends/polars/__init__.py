"""Plans and conditions as Polars expressions and LazyFrames."""

from segdsl.backends.polars.emit import emit

__all__ = ["emit"]
