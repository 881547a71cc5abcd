"""Looks whether an account is ready for a deployment, and says what is missing. Changes nothing.

    aws/ready.sh IamportPg=html5_inicis.INIBillTst IamportSandbox=true FirebaseProject=my-project

Say the same parameters as to aws/deploy.sh. Secrets are read, to see that they have the form that the functions want, and
not shown. What it cannot see: whether CloudFront lets this account have a distribution yet.
"""

import json
import re
import sys

import botocore.exceptions

import account
import template

# Lambda keeps so many for functions that reserve nothing.
UNRESERVED = 100


def main(said=None):
    arguments = account.arguments(__doc__)
    arguments.add_argument("parameters", nargs="*", metavar="Parameter=value")
    told = dict(it.partition("=")[::2] for it in arguments.parse_args(said).parameters)
    written = template.raw()["Parameters"]
    chosen = {name: str(it.get("Default", "")) for name, it in written.items()} | told
    print(f"Account {account.client('sts').get_caller_identity()['Account']}, {account.region()}")
    missing = [*parameters(written, told), *concurrency(chosen), *secrets(chosen), *tables(chosen), *certificate(chosen)]
    for it in missing:
        print(f"- {it}")
    if missing:
        account.stop(f"{len(missing)} to do before the deployment.")
    print("Ready.")


def parameters(written, told):
    """Parameters that nobody knows, that are not said, or that are not of the form they have to be."""
    for name in told:
        if name not in written:
            yield f"{name}: there is no such parameter"
    for name, it in written.items():
        if "Default" not in it and name not in told:
            yield f"{name} has to be said: {it['Description']}"
        value = told.get(name)
        allowed = [str(one) for one in it.get("AllowedValues", [])]
        if value is not None and (not re.search(it.get("AllowedPattern", ""), value) or allowed and value not in allowed):
            yield f"{name} cannot be {value!r}: {it['Description']}"


def concurrency(chosen):
    """What a new account is refused."""
    has = account.client("lambda").get_account_settings()["AccountLimit"]["ConcurrentExecutions"]
    reserved = sum(int(chosen[name]) for name in ("SweepConcurrency", "WebhookConcurrency"))
    if reserved and has < UNRESERVED + reserved:
        yield (
            f"the account may run {has} functions at once, too few to reserve {reserved}: add SweepConcurrency=0 WebhookConcurrency=0 "
            "until Service Quotas gives more"
        )
    if str(has) != chosen["AccountConcurrency"]:
        yield f"the alarm wants to know that the account may run {has} functions at once: add AccountConcurrency={has}"


def secrets(chosen):
    """Secrets that are not there, or that no function could read."""
    wanted = {
        "iamport": lambda text: set(json.loads(text)) >= {"key", "secret"},
        "firebase": lambda text: set(json.loads(text)) == {"client_email", "private_key_id", "private_key", "token_uri"},
        "slack": lambda text: re.fullmatch(r"https://\S+", text),
    }
    if chosen["Probe"] == "true":
        wanted["probe"] = lambda text: set(json.loads(text)) >= {"email", "password", "api_key"}
    for name, is_right in wanted.items():
        secret = f"{chosen['SecretsPrefix']}/{name}"
        client = account.client("secretsmanager")
        try:
            text = client.get_secret_value(SecretId=secret)["SecretString"]
        except client.exceptions.ResourceNotFoundException:
            yield f"there is no secret {secret} in {account.region()}"
            continue
        try:
            is_fine = is_right(text)
        except (ValueError, TypeError):
            is_fine = False
        if not is_fine:
            yield f"the secret {secret} has not the form that docs/deploy.md says"


def tables(chosen):
    """Whether the stack of the tables is there."""
    pages = account.client("cloudformation").get_paginator("list_exports").paginate()
    there = {it["Name"] for page in pages for it in page["Exports"]}
    lacking = sorted(set(template.exports(chosen["DataStack"])) - there)
    if lacking:
        yield f"the tables are not there ({', '.join(lacking)}): aws/data.sh {chosen['DataStack']}"


def certificate(chosen):
    """Whether the certificate is there, is valid, and has the names that CloudFront is to serve."""
    arn = chosen["WebCertificateArn"]
    if not arn:
        return
    acm = account.client("acm", "us-east-1")
    try:
        it = acm.describe_certificate(CertificateArn=arn)["Certificate"]
    except botocore.exceptions.ClientError as error:
        yield f"the certificate cannot be looked at: {error}"
        return
    if it["Status"] != "ISSUED":
        yield f"the certificate is {it['Status']}: enter its record into the DNS and wait"
    names = [it["DomainName"], *it.get("SubjectAlternativeNames", [])]
    for url in (chosen["WebUrl"], chosen["DeskUrl"]):
        host = url.removeprefix("https://")
        if host and host not in names and f"*.{host.partition('.')[2]}" not in names:
            yield f"the certificate has not the name {host}"


if __name__ == "__main__":
    sys.exit(main())
