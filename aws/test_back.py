"""aws/back.py on stacks that were deployed three times, in an account of moto's."""

import moto
import pytest

import account
import back
import rust
import template
from cloud import Stack, prepared

RELEASES = ["2611221200", "2611231200", "2611241200"]


@pytest.fixture(scope="module")
def stacks():
    """Two stacks beside each other, one name the beginning of the other's."""
    with moto.mock_aws():
        cloud = prepared()
        Stack(cloud, "gudok-data").create(template.data())
        for name in ("gudok", "gudok-trial"):
            first = {"Release": RELEASES[0]}
            stack = Stack(cloud, name, first).create(template.expanded(**first))
            for release in RELEASES[1:]:
                stack.update(template.expanded(Release=release), Release=release)
        yield ["gudok", "gudok-trial"]


@pytest.fixture
def deployed(stacks):
    """Both at their newest release; gives what is live where."""
    for stack in stacks:
        for name in rust.functions():
            newest = {"FunctionVersion": "3", "RoutingConfig": {"AdditionalVersionWeights": {}}}
            account.client("lambda").update_alias(FunctionName=f"{stack}-{name}", Name="live", **newest)
    return live


def live(stack="gudok"):
    """The releases that are live, and the versions."""
    functions = [back.Function(f"{stack}-{name}") for name in rust.functions()]
    return {it.release for it in functions}, {it.live for it in functions}


def test_a_version_says_its_release(deployed):
    assert deployed() == ({RELEASES[2]}, {"3"})
    for name in rust.functions():
        assert list(back.Function(f"gudok-{name}").versions) == RELEASES


def test_nothing_is_done_without_a_yes(deployed, capsys):
    back.main(["gudok"])
    assert deployed() == ({RELEASES[2]}, {"3"})
    said = capsys.readouterr().out
    assert said.count(f"({RELEASES[1]})") == len(rust.functions()) and "Nothing was done" in said


def test_every_function_goes_back_one_release_and_no_other_stack_does(deployed):
    back.main(["gudok", "--yes"])
    assert deployed() == ({RELEASES[1]}, {"2"})
    assert deployed("gudok-trial") == ({RELEASES[2]}, {"3"})


def test_twice_goes_back_once(deployed, capsys):
    back.main(["gudok", "--yes"])
    back.main(["gudok", "--yes"])
    assert deployed() == ({RELEASES[1]}, {"2"})
    assert f"Every function is at {RELEASES[1]}" in capsys.readouterr().out


def test_what_stopped_half_way_is_finished(deployed, monkeypatch):
    point_to, count = back.Function.point_to, iter(range(100))

    def breaks_at_the_third(function, version):
        if next(count) == 2:
            raise ConnectionError
        point_to(function, version)

    monkeypatch.setattr(back.Function, "point_to", breaks_at_the_third)
    with pytest.raises(ConnectionError):
        back.main(["gudok", "--yes"])
    assert deployed() == ({RELEASES[1], RELEASES[2]}, {"2", "3"})
    back.main(["gudok", "--yes"])
    assert deployed() == ({RELEASES[1]}, {"2"})


def test_a_certain_release_is_gone_to_back_and_forward(deployed):
    back.main(["gudok", "--to", RELEASES[0], "--yes"])
    assert deployed() == ({RELEASES[0]}, {"1"})
    back.main(["gudok", "--to", RELEASES[2], "--yes"])
    assert deployed() == ({RELEASES[2]}, {"3"})


def test_a_release_that_is_not_there_is_refused(deployed, capsys):
    with pytest.raises(SystemExit):
        back.main(["gudok", "--to", "2611211200", "--yes"])
    assert deployed() == ({RELEASES[2]}, {"3"})
    assert ", ".join(RELEASES) in capsys.readouterr().err


def test_a_deployment_that_is_under_way_is_left_alone(deployed, capsys):
    weights = {"AdditionalVersionWeights": {"3": 0.1}}
    account.client("lambda").update_alias(FunctionName="gudok-checkout", Name="live", FunctionVersion="2", RoutingConfig=weights)
    with pytest.raises(SystemExit):
        back.main(["gudok", "--yes"])
    assert deployed() == ({RELEASES[1], RELEASES[2]}, {"2", "3"})
    assert "gudok-checkout is under way" in capsys.readouterr().err


def test_the_first_release_has_none_before_it(deployed, monkeypatch, capsys):
    monkeypatch.setattr(back, "common", lambda _: RELEASES[:1])
    with pytest.raises(SystemExit):
        back.main(["gudok", "--yes"])
    assert "no release before this one" in capsys.readouterr().err


def test_an_alias_that_somebody_else_moved_is_not_moved(deployed, monkeypatch):
    said = []
    client = account.client("lambda")

    class Heard:
        def __getattr__(self, name):
            return (lambda **it: said.append(it)) if name == "update_alias" else getattr(client, name)

    monkeypatch.setattr(account, "client", lambda _: Heard())
    back.main(["gudok", "--yes"])
    assert len(said) == len(rust.functions())
    assert all(it["RevisionId"] and it["FunctionVersion"] == "2" for it in said)
