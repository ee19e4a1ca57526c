from __future__ import annotations

import polars as pl
import pytest

from segdsl.demo import AS_OF, Shop, make_shop, shop_tables


@pytest.fixture(scope="session")
def tables() -> dict[str, pl.DataFrame]:
    return shop_tables(as_of=AS_OF)


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    return make_shop(tmp_path_factory.mktemp("shop") / "demo")
