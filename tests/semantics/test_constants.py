"""Numbers as they are written."""

from __future__ import annotations

from decimal import Decimal, localcontext

import pytest

from segdsl.library import Library
from segdsl.types import MAX_DIGITS

_FIELDS = {"id": "int", "x": f"decimal({MAX_DIGITS - 4},10)?"}
_SCHEMA = {"entity": {"name": "customer", "table": "customers", "key": "id", "fields": _FIELDS}}
_LONG = "1234567890123456789.0100000001"
_CONDITIONS = {
    "compared": f"x = -{_LONG}",
    "listed": f"x in (-{_LONG}, 1.5)",
    "computed": f"x - 0 = -({_LONG})",
    "given": "x = some",
}


@pytest.mark.parametrize("digits", [5, 28, 60])
@pytest.mark.parametrize("condition", _CONDITIONS.values(), ids=list(_CONDITIONS))
def test_negative_numbers_keep_all_digits(condition: str, digits: int) -> None:
    text = f"param some: decimal = -{_LONG}\nsegment s where {condition}"
    with localcontext(prec=digits):
        matcher = Library.from_text(text, _SCHEMA).matcher()
        assert matcher.match({"id": 1, "x": Decimal(f"-{_LONG}")})
        assert not matcher.match({"id": 1, "x": Decimal("-1234567890123456789.0100000000")})


def test_there_is_one_zero() -> None:
    for zero in ("0", "0.0", "-0.0", "-0"):
        assert (
            Library.from_text(f"segment s where x = {zero}", _SCHEMA).matcher().match({"id": 1, "x": Decimal("-0.0")})
        )
