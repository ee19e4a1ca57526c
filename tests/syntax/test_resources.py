"""The data files are found in a checkout and in an installed package, a zip file included."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from segdsl import resources

ROOT = Path(resources.__file__).parent.parent
READ = "from segdsl.resources import grammar_text; print('definition' in grammar_text())"


def test_the_grammar() -> None:
    assert "?definition:" in resources.grammar_text()


def test_an_unknown_pack_is_no_folder() -> None:
    assert not resources.pack_path("no such pack").is_dir()


def test_every_pack_is_found_by_its_name() -> None:
    assert all(resources.pack_path(name).is_dir() for name in resources.pack_names())


@pytest.mark.parametrize("folder", ["segdsl/grammar", "grammar"], ids=["installed", "checkout"])
def test_inside_a_zip_file(tmp_path: Path, folder: str) -> None:
    archive = tmp_path / "package.zip"
    with zipfile.ZipFile(archive, "w") as file:
        for module in (ROOT / "segdsl").glob("*.py"):
            file.write(module, f"segdsl/{module.name}")
        file.write(ROOT / "grammar" / "segdsl.lark", f"{folder}/segdsl.lark")
    done = subprocess.run(
        [sys.executable, "-I", "-c", f"import sys; sys.path.insert(0, {str(archive)!r}); {READ}"],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
    )
    assert (done.stdout.strip(), done.stderr) == ("True", "")
