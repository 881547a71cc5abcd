"""What aws/deploy.sh says to SAM, as SAM understands it."""

import json
import os
import re
import shutil
import subprocess
import tomllib

from samcli.cli.types import CfnParameterOverridesType

import account
import template

PLANS = json.dumps([{"id": "monthly", "name": "월 구독", "price": 9900}, {"id": "plus", "name": "플러스 구독", "price": 19900}])


def deployed(tmp_path, *said):
    """The parameters that reach CloudFormation when a deployment says these."""
    shutil.copytree(template.ROOT / "aws", tmp_path / "aws", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(template.ROOT / "samconfig.toml", tmp_path)
    tools = tmp_path / ".tools/aws/bin"
    tools.mkdir(parents=True)
    heard = tmp_path / "heard"
    (tools / "sam").write_text(f'#!/bin/sh\necho "$AWS_REGION $AWS_DEFAULT_REGION" >> {heard}.region\nprintf "%s\\0" "$@" "#" >> {heard}\n')
    (tools / "sam").chmod(0o755)
    elsewhere = os.environ | {"AWS_REGION": "eu-west-1", "AWS_DEFAULT_REGION": "us-east-1"}
    subprocess.run([tmp_path / "aws/deploy.sh", "gudok", *said], check=True, timeout=60, env=elsewhere)
    regions = (tmp_path / "heard.region").read_text(encoding="utf-8").split()
    assert set(regions) == {account.region()}, "whatever region the one who deploys is used to"
    build, deploy = heard.read_text(encoding="utf-8").split("#\0")[:2]
    assert build.split("\0")[0] == "build"
    words = deploy.split("\0")[:-1]
    assert words[:3] == ["deploy", "--stack-name", "gudok"]
    return CfnParameterOverridesType().convert(tuple(words[words.index("--parameter-overrides") + 1 :]), None, None)


def test_every_parameter_arrives_as_it_was_said(tmp_path):
    said = {"IamportPg": "html5_inicis.INIBillTst", "IamportSandbox": "true", "Plans": PLANS, "WebUrl": "https://gudok.example.com"}
    heard = deployed(tmp_path, *(f"{name}={value}" for name, value in said.items()))
    release = heard.pop("Release")
    assert heard == said
    assert json.loads(heard["Plans"])[0]["name"] == "월 구독"
    patterns = {name: parameter.get("AllowedPattern", "") for name, parameter in template.raw()["Parameters"].items()}
    assert re.search(patterns["Release"], release)
    assert all(re.search(patterns[name], value) for name, value in heard.items())


def test_a_release_alone_is_a_deployment(tmp_path):
    assert list(deployed(tmp_path)) == ["Release"]


def test_half_a_list_of_plans_is_refused():
    pattern = template.raw()["Parameters"]["Plans"]["AllowedPattern"]
    assert re.search(pattern, "") and re.search(pattern, PLANS)
    assert not re.search(pattern, "[{") and not re.search(pattern, '[{"name":"월 구독"}]')


def test_a_first_deployment_that_fails_leaves_nothing_behind():
    said = tomllib.loads((template.ROOT / "samconfig.toml").read_text(encoding="utf-8"))["default"]["deploy"]["parameters"]
    assert said["on_failure"] == "DELETE"
