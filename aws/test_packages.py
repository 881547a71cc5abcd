"""What is installed from PyPI and npm is run by whoever may deploy: each file of it is known by its digest."""

import json
import re
import subprocess
import sys
import zipfile

import pytest

import template

LISTS = ["aws/requirements", "scripts/schemathesis", "local/iamport-simulator/conformance/requirements"]
LOCKS = sorted(
    path.relative_to(template.ROOT).as_posix()
    for folder in ("web", "bench", "local")
    for path in (template.ROOT / folder).rglob("package-lock.json")
    if "node_modules" not in path.parts
)


def commands(pattern):
    """The commands of all scripts that match, each in one line, with their script."""
    found = []
    for folder in ("aws", "scripts", "local", "bench", ".ci"):
        for path in (template.ROOT / folder).rglob("*"):
            if "node_modules" in path.parts or not path.is_file() or path.suffix not in ("", ".sh"):
                continue
            text = path.read_text(encoding="utf-8").replace("\\\n", " ")
            lines = (line.strip() for line in text.splitlines())
            found += [(path.name, line) for line in lines if not line.startswith("#") and re.search(pattern, line)]
    return found


@pytest.mark.parametrize("name", LISTS)
def test_every_python_package_is_known_by_its_digest(name):
    text = (template.ROOT / f"{name}.txt").read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    for line in lines:
        assert re.fullmatch(r"[A-Za-z0-9._-]+==\S+(\s+--hash=sha256:[0-9a-f]{64})+\s*", line), line[:80]
    pinned = {line.split()[0].lower() for line in lines}
    wanted = (template.ROOT / f"{name}.in").read_text(encoding="utf-8").split()
    assert {re.sub(r"\[.*\]", "", it).lower() for it in wanted} <= pinned


def test_nothing_is_installed_from_pypi_without_its_digest():
    installs = commands(r"\bpip\d?\"? install\b")
    assert {name for name, _ in installs} == {"tools.sh", "tools", "run.sh", "python-packages"}
    # What renews the lists takes the newest of what makes them, and runs nowhere else.
    unknown = [it for it in installs if "--require-hashes" not in it[1]]
    assert [name for name, _ in unknown] == ["python-packages"]


@pytest.mark.parametrize("name", LOCKS)
def test_every_npm_package_is_known_by_its_digest(name):
    packages = json.loads((template.ROOT / name).read_text(encoding="utf-8"))["packages"]
    assert len(packages) > 1
    for path, package in packages.items():
        assert path == "" or package["integrity"].startswith("sha512-"), path


def test_npm_installs_by_a_lock_and_runs_no_script_of_a_package():
    installs = commands(r"\bnpm\b.*\b(ci|install|i|add|exec)\b|\bnpx\b")
    assert {name for name, _ in installs} == {"deploy-web.sh", "packages", "run.sh"}
    for name, line in installs:
        assert re.search(r"\bci\b", line) and "--ignore-scripts" in line, name
    assert len(LOCKS) == 4
    # Whoever installs by hand runs none either.
    for lock in LOCKS:
        said = (template.ROOT / lock).with_name(".npmrc").read_text(encoding="utf-8")
        assert "ignore-scripts=true" in said.splitlines(), lock


def test_a_package_says_nothing_of_when_or_where_it_was_packed(tmp_path):
    script = (template.ROOT / "aws/package.sh").read_text(encoding="utf-8")
    (program,) = re.findall(r"<<'PYTHON'\n(.*?)\nPYTHON\n", script, re.DOTALL)
    packed = set()
    for year, mode in ((2024, 0o755), (2026, 0o700)):
        path = tmp_path / str(year) / "bootstrap.zip"
        path.parent.mkdir()
        entry = zipfile.ZipInfo("bootstrap", (year, 1, 2, 3, 4, 6))
        entry.external_attr = mode << 16
        with zipfile.ZipFile(path, "w") as built:
            built.writestr(entry, b"the same binary")
        subprocess.run([sys.executable, "-c", program, str(path)], check=True, timeout=60)
        packed.add(path.read_bytes())
    assert len(packed) == 1
    (entry,) = zipfile.ZipFile(path).infolist()
    assert (entry.filename, entry.external_attr >> 16) == ("bootstrap", 0o100755), "Lambda has to be able to run it"
