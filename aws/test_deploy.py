"""What aws/deploy.sh says to SAM, as SAM understands it."""

import json
import os
import re
import shutil
import subprocess
import tomllib

import pytest
from samcli.cli.types import CfnParameterOverridesType

import account
import rust
import template

PLANS = json.dumps([{"id": "monthly", "name": "월 구독", "price": 9900}, {"id": "plus", "name": "플러스 구독", "price": 19900}])


NO_STACK = "An error occurred (ValidationError) when calling the DescribeStacks operation: Stack with id gudok does not exist"


def tree(tmp_path, stack=None, trouble=NO_STACK):
    """What a deployment needs, in a folder of its own: the scripts, a SAM that writes down what it hears, and an AWS
    with a stack that was deployed for this architecture, or with none."""
    shutil.copytree(template.ROOT / "aws", tmp_path / "aws", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(template.ROOT / "samconfig.toml", tmp_path)
    tools = tmp_path / ".tools/aws/bin"
    tools.mkdir(parents=True)
    shutil.copy(template.ROOT / "aws/requirements.txt", tools.parent)
    program(tools / "sam", f'echo "$AWS_REGION $AWS_DEFAULT_REGION" >> {tmp_path}/regions; printf "%s\\0" "$@" "#" >> {tmp_path}/heard')
    program(tools / "aws", f"echo {stack}" if stack else f"echo '{trouble}' >&2; exit 254")
    return tmp_path


def program(path, text):
    path.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    path.chmod(0o755)


def run(folder, *said, check=True):
    elsewhere = os.environ | {"AWS_REGION": "eu-west-1", "AWS_DEFAULT_REGION": "us-east-1"}
    return subprocess.run([folder / "aws/deploy.sh", "gudok", *said], check=check, timeout=120, env=elsewhere, capture_output=True, text=True)


def heard(folder):
    """What SAM was told, call by call."""
    return [call.split("\0")[:-1] for call in (folder / "heard").read_text(encoding="utf-8").split("#\0")[:-1]]


def overrides(words):
    return CfnParameterOverridesType().convert(tuple(words[words.index("--parameter-overrides") + 1 :]), None, None)


def deployed(tmp_path, *said):
    """The parameters that reach CloudFormation when a deployment says these."""
    folder = tree(tmp_path)
    run(folder, *said)
    assert set((folder / "regions").read_text(encoding="utf-8").split()) == {account.region()}, "whatever region one is used to"
    build, deploy = heard(folder)
    assert build[0] == "build"
    assert deploy[:3] == ["deploy", "--stack-name", "gudok"]
    return overrides(deploy)


def test_every_parameter_arrives_as_it_was_said(tmp_path):
    said = {"IamportPg": "html5_inicis.INIBillTst", "IamportSandbox": "true", "Plans": PLANS, "WebUrl": "https://gudok.example.com"}
    arrived = deployed(tmp_path, *(f"{name}={value}" for name, value in said.items()))
    release = arrived.pop("Release")
    assert arrived == said
    assert json.loads(arrived["Plans"])[0]["name"] == "월 구독"
    patterns = {name: parameter.get("AllowedPattern", "") for name, parameter in template.raw()["Parameters"].items()}
    assert re.search(patterns["Release"], release)
    assert all(re.search(patterns[name], value) for name, value in arrived.items())


def test_a_release_alone_is_a_deployment(tmp_path):
    assert list(deployed(tmp_path)) == ["Release"]


def test_half_a_list_of_plans_is_refused():
    pattern = template.raw()["Parameters"]["Plans"]["AllowedPattern"]
    assert re.search(pattern, "") and re.search(pattern, PLANS)
    assert not re.search(pattern, "[{") and not re.search(pattern, '[{"name":"월 구독"}]')


def test_a_first_deployment_that_fails_leaves_nothing_behind():
    said = tomllib.loads((template.ROOT / "samconfig.toml").read_text(encoding="utf-8"))["default"]["deploy"]["parameters"]
    assert said["on_failure"] == "DELETE"


@pytest.mark.parametrize(
    ("stack", "said", "wanted"),
    [
        (None, [], "x86_64"),
        (None, ["Architecture=arm64"], "arm64"),
        ("arm64", [], "arm64"),
        ("arm64", ["Architecture=x86_64"], "x86_64"),
        ("x86_64", ["Architecture=arm64", "Release=2611221200"], "arm64"),
    ],
)
def test_what_is_built_is_what_runs(tmp_path, stack, said, wanted):
    folder = tree(tmp_path, stack)
    run(folder, *said)
    build, deploy = heard(folder)
    assert overrides(build) == {"Architecture": wanted}
    # The stack keeps what it is not told.
    assert overrides(deploy).get("Architecture", stack or "x86_64") == wanted


def test_nothing_is_built_while_nobody_knows_for_what(tmp_path):
    folder = tree(tmp_path, trouble="Unable to locate credentials")
    done = run(folder, check=False)
    assert done.returncode != 0 and "Unable to locate credentials" in done.stderr
    assert not (folder / "heard").exists()
    assert run(folder, "Architecture=arm", check=False).returncode == 2


@pytest.mark.parametrize("architecture", ["x86_64", "arm64"])
def test_cargo_lambda_is_told_the_architecture(tmp_path, architecture):
    """With SAM itself, and a cargo that writes down what it hears."""
    folder = tree(tmp_path, architecture)
    shutil.copy(template.PATH, folder)
    for name in rust.functions():
        (folder / "functions" / name).mkdir(parents=True)
        shutil.copy(template.ROOT / "functions" / name / "Cargo.toml", folder / "functions" / name)
    own, tools = folder / ".tools/aws/bin", template.ROOT / ".tools/aws/bin"
    program(own / "sam", f'[ "$1" = build ] && exec {tools}/python {tools}/sam "$@"\nexit 0')
    program(own / "cargo-lambda", "exit 0")
    program(
        own / "cargo",
        f"""[ "$1" = lambda ] || exit 1
echo "$(basename "$PWD") $*" >> {folder}/cargo
mkdir -p target/lambda/it && echo built > target/lambda/it/bootstrap""",
    )
    run(folder)
    built = dict(line.split(" ", 1) for line in (folder / "cargo").read_text(encoding="utf-8").splitlines())
    assert set(built) == set(rust.functions())
    wanted = "lambda build --release" + (" --arm64" if architecture == "arm64" else "")
    assert set(built.values()) == {wanted}


def test_what_is_said_to_deploy_is_a_parameter_and_what_is_looked_up_is_an_output():
    written = template.raw()
    for name in ("docs/deploy.md", "docs/runbook.md"):
        text = rust.source(name)
        commands = [line for line in text.splitlines() if re.search(r"aws/(deploy|ready)\.sh", line)]
        inline = [it for it in re.findall(r"`([^`\n]+)`", text) if re.fullmatch(r"([A-Z][A-Za-z]+=\S+ ?)+", it)]
        said = {it for line in commands + inline for it in re.findall(r"(?<![\w/-])([A-Z][a-z]+[A-Za-z]*)=", line)}
        assert said <= set(written["Parameters"]), name
        looked_up = set(re.findall(r"output\)? ?`(\w+)`|\$\(output (\w+)\)", text))
        assert {one or other for one, other in looked_up} <= set(written["Outputs"]), name
    assert {"SweepConcurrency", "AccountConcurrency", "HostWeb", "CheckedUrls", "Architecture"} <= {
        it for it in re.findall(r"([A-Z]\w+)=", rust.source("docs/deploy.md"))
    }
