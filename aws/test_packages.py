"""What is installed from PyPI is run by whoever may deploy: each file of it is known by its digest."""

import re

import pytest

import template

LISTS = ["aws/requirements", "scripts/schemathesis"]


@pytest.mark.parametrize("name", LISTS)
def test_every_python_package_is_known_by_its_digest(name):
    text = (template.ROOT / f"{name}.txt").read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    for line in lines:
        assert re.fullmatch(r"[A-Za-z0-9._-]+==\S+(\s+--hash=sha256:[0-9a-f]{64})+\s*", line), line[:80]
    pinned = {line.split()[0].lower() for line in lines}
    wanted = (template.ROOT / f"{name}.in").read_text(encoding="utf-8").split()
    assert {re.sub(r"\[.*\]", "", it).lower() for it in wanted} <= pinned


@pytest.mark.parametrize("script", ["aws/tools.sh", "scripts/tools"])
def test_nothing_is_installed_without_its_digest(script):
    text = (template.ROOT / script).read_text(encoding="utf-8")
    installs = [line for line in text.splitlines() if "pip\" install" in line]
    assert installs and all("--require-hashes" in line for line in installs)


def test_npm_runs_no_script_of_a_package():
    for script in ("aws/deploy-web.sh", "scripts/packages"):
        text = (template.ROOT / script).read_text(encoding="utf-8")
        installs = re.findall(r"npm .*\bci\b.*", text)
        assert installs and all("--ignore-scripts" in line for line in installs), script
