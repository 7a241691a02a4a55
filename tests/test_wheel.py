"""The wheel: what is in it, and that it works outside the checkout."""

import json
import os
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "examples" / "en-stem-cell-package.html"
APART = ("gold", "training")  # under data/, and no part of the program


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The wheel, built from the checkout without the network."""
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (built,) = folder.glob("*.whl")
    return built


def files(folder):
    """The files below a folder as relative paths; caches and hidden files aside."""
    found = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    return {p.as_posix() for p in found if not any(part.startswith((".", "__pycache__")) for part in p.parts)}


def test_wheel_holds_program_and_data_and_nothing_else(wheel):
    """Every module and every rule, lexicon, sentence and model; no labelled pages, no Python under data."""
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}
    code = {f"claimaudit/{name}" for name in files(ROOT / "src" / "claimaudit")}
    data = {f"claimaudit/data/{n}" for n in files(ROOT / "data") if n.split("/")[0] not in APART}
    models = {f"claimaudit/models/{name}" for name in files(ROOT / "models")}
    assert names == code | data | models
    assert [name for name in names if name.endswith(".py") and "/data/" in name] == []


def test_unpacked_wheel_judges_like_the_checkout(wheel, tmp_path):
    """Elsewhere, with the files of the wheel alone, the record is the same."""
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path)
    environment = os.environ | {"PYTHONPATH": str(tmp_path)}
    where = "import claimaudit, claimaudit.resources as r; print(claimaudit.__file__, r.data_path())"
    done = subprocess.run(
        [sys.executable, "-c", where],
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
        env=environment,
        timeout=60,
    )
    assert done.stdout.split() == [str(tmp_path / "claimaudit" / "__init__.py"), str(tmp_path / "claimaudit" / "data")]
    command = [sys.executable, "-m", "claimaudit", str(PAGE), "-f", "json"]
    unpacked, checkout = (
        subprocess.run(command, capture_output=True, check=True, cwd=tmp_path, env=env, timeout=60).stdout
        for env in (environment, os.environ)
    )
    assert unpacked == checkout


@pytest.mark.long
def test_wheel_in_a_fresh_environment(wheel, tmp_path):
    """Installed with its pinned dependencies into a new environment, the command judges a page."""
    venv.create(tmp_path / "env", with_pip=True)
    python = tmp_path / "env" / "bin" / "python"
    pip = [str(python), "-m", "pip", "install", "--quiet", "-c", str(ROOT / "constraints.txt")]
    for what in (["--upgrade", "pip"], [str(wheel)]):
        subprocess.run([*pip, *what], check=True, cwd=tmp_path, timeout=900)
    clean = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    command = [str(tmp_path / "env" / "bin" / "claimaudit"), str(PAGE), "-f", "json"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path, env=clean, timeout=120)
    assert done.stderr == ""
    assert json.loads(done.stdout)["verdict"] == "borrowed"
    done = subprocess.run(
        [command[0], "check-data"], capture_output=True, text=True, check=True, cwd=tmp_path, env=clean, timeout=120
    )
    assert "no problems" in done.stdout


def test_constraints_pin_every_dependency():
    """Each line is one exact version; every dependency and development tool is there."""
    import re
    import tomllib

    lines = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    assert [line for line in lines if not re.fullmatch(r"[A-Za-z0-9._-]+==\d[A-Za-z0-9.!+]*", line)] == []
    pinned = {re.sub(r"[-_.]+", "-", line.partition("==")[0]).lower() for line in lines}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    wanted = [*project["project"]["dependencies"], *project["dependency-groups"]["dev"], "pip"]
    assert {re.split(r"[<>=!~\[ ]", name)[0].lower() for name in wanted} - pinned == set()
