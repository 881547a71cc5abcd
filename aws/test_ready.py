"""aws/ready.py in accounts of moto's: what is missing is said, and nothing is changed."""

import json

import moto
import pytest

import account
import ready
import template

SAID = ["IamportPg=html5_inicis.INIBillTst", "IamportSandbox=true", "FirebaseProject=my-project"]
FIREBASE = dict.fromkeys(["client_email", "private_key_id", "private_key", "token_uri"], "x")


@pytest.fixture
def answers():
    """What AWS answers in moto's place."""
    return {"GetAccountSettings": {"AccountLimit": {"ConcurrentExecutions": 1000}}}


@pytest.fixture
def requests(listen, answers):
    """What was asked of AWS."""
    return listen(answers)


@pytest.fixture
def settings(requests, answers):
    """An account that is ready, and how many functions it may run."""
    with moto.mock_aws():
        store("iamport", json.dumps({"key": "k", "secret": "the secret of Iamport"}))
        store("firebase", json.dumps(FIREBASE))
        store("slack", "https://hooks.slack.com/services/T/B/X")
        account.client("cloudformation").create_stack(StackName="gudok-data", TemplateBody=template.DATA.read_text(encoding="utf-8"))
        yield answers["GetAccountSettings"]["AccountLimit"]


def store(name, text):
    account.client("secretsmanager").create_secret(Name=f"gudok/{name}", SecretString=text)


@pytest.fixture
def missing(settings, requests, capsys):
    def asked(*said):
        del requests[:]
        try:
            ready.main([*SAID, *said])
        except SystemExit as stopped:
            assert stopped.code == 1
        out = capsys.readouterr().out
        assert "the secret of Iamport" not in out
        assert all(operation.startswith(("Get", "List", "Describe")) for operation, _ in requests), requests
        return [line.removeprefix("- ") for line in out.splitlines()[1:]]

    return asked


def test_an_account_that_has_everything_is_ready(missing):
    assert missing() == ["Ready."]


def test_a_new_account_is_told_what_it_is_refused_and_what_to_say_instead(missing, settings):
    settings["ConcurrentExecutions"] = 10
    (reserving, telling) = missing()
    assert "SweepConcurrency=0 WebhookConcurrency=0" in reserving and "AccountConcurrency=10" in telling
    assert missing("SweepConcurrency=0", "WebhookConcurrency=0", "AccountConcurrency=10") == ["Ready."]


def test_another_prefix_has_secrets_of_its_own(missing):
    found = missing("SecretsPrefix=trial")
    assert [it.split(" in ")[0] for it in found] == [f"there is no secret trial/{name}" for name in ("iamport", "firebase", "slack")]


def test_the_member_as_whom_new_versions_are_asked_is_looked_for_where_it_is_wanted(missing):
    (said,) = missing("Probe=true")
    assert said.startswith("there is no secret gudok/probe")
    store("probe", '{"email":"probe@example.com","password":"it"}')
    assert missing("Probe=true") == ["the secret gudok/probe has not the form that docs/deploy.md says"]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("iamport", "the key"),
        ("iamport", '{"key":"k"}'),
        ("firebase", json.dumps(FIREBASE | {"client_id": "1"})),
        ("firebase", "[]"),
        ("slack", "https://hooks.slack.com/services/T/B/X\n"),
        ("slack", '{"url":"https://hooks.slack.com"}'),
    ],
)
def test_a_secret_that_no_function_could_read_is_noticed(settings, missing, name, text):
    account.client("secretsmanager").delete_secret(SecretId=f"gudok/{name}", ForceDeleteWithoutRecovery=True)
    store(name, text)
    assert missing() == [f"the secret gudok/{name} has not the form that docs/deploy.md says"]


def test_tables_that_are_not_there_are_noticed(missing):
    (said,) = missing("DataStack=trial-data")
    assert said.endswith("aws/data.sh trial-data") and "trial-data-payments" in said


def test_a_parameter_that_would_be_refused_is_noticed(missing, capsys):
    assert missing("HostWebb=true") == ["HostWebb: there is no such parameter"]
    (said,) = missing("Architecture=arm")
    assert said.startswith("Architecture cannot be 'arm'")
    (said,) = missing("WebUrl=gudok.example.com")
    assert said.startswith("WebUrl cannot be")
    with pytest.raises(SystemExit):
        ready.main([])
    assert capsys.readouterr().out.count("has to be said") == 2


def test_a_certificate_is_looked_at_where_cloudfront_does(settings, missing, answers):
    acm = account.client("acm", "us-east-1")
    arn = acm.request_certificate(DomainName="gudok.example.com", ValidationMethod="DNS")["CertificateArn"]
    found = missing("WebUrl=https://gudok.example.com", "DeskUrl=https://desk.example.com", f"WebCertificateArn={arn}")
    assert "the certificate has not the name desk.example.com" in found
    other = arn.replace(arn.rsplit("/", 1)[1], "00000000-0000-0000-0000-000000000000")
    (said,) = missing("WebUrl=https://gudok.example.com", f"WebCertificateArn={other}")
    assert said.startswith("the certificate cannot be looked at")
    its = {"DomainName": "example.com", "SubjectAlternativeNames": ["*.example.com"]}
    for status, wanted in {"ISSUED": "Ready.", "PENDING_VALIDATION": "the certificate is PENDING_VALIDATION: enter its record into the DNS and wait"}.items():
        answers["DescribeCertificate"] = {"Certificate": {**its, "Status": status}}
        assert missing("WebUrl=https://gudok.example.com", f"WebCertificateArn={arn}") == [wanted]
