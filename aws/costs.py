"""Writes docs/costs.md: what a thousand, a hundred thousand and ten million members cost a month.

    aws/costs.sh             prints it
    aws/costs.sh --write     writes it

Prices are from aws/prices.toml; what each way through the functions asks of whom from docs/performance.md, which a test
counts; how many alarms, figures and secrets there are from template.yaml. What else is taken for granted is USE,
below, and said in the document.
"""

import functools
import logging
import re
import sys
import tomllib

import account
import rust
import template

DOCUMENT = template.ROOT / "docs/costs.md"
SIZES = {"1,000 members": 1_000, "100,000": 100_000, "10 million": 10_000_000}
DAYS = 30.4
SECONDS = DAYS * 86_400
MILLION = 1_000_000

# What a member does in a month, as rows of docs/performance.md: how often, and in which function.
USE = {
    "GET /plans": 4,
    "GET /subscription": 4,
    "GET /payments": 4,
    "renewal, by webhook": 1,
    "POST /checkout": 0.05,
    "POST /checkout/{merchant_uid}/complete": 0.05,
    "a webhook of the card registered by then": 0.05,
    "POST /subscription/cancel": 0.03,
}
VISITS = 4

# How long is waited for whom, in milliseconds, and what a function takes by itself.
WAITS = {"tables": 8, "Iamport": 300, "Google": 150}
OWN = 2
# As long as a run has for one message, and how many digests there are at most: one each half hour.
SLACK, DIGESTS = 2_000, 48 * 30

# Memory, in GB, as in template.yaml.
MEMORY = {"function": 0.5, "announce": 0.25, "check": 0.125}

# Kilobytes. Stored: all rows and indexes of a member, on the average of the first year.
STORED, EVENT, LOG_OF_A_CALL, LOG_OF_A_REQUEST = 16, 1, 0.7, 0.25
APP, PAGE, ANSWER = 150, 2, 1
# Once a month the whole app, at each visit its page and configuration.
FILES = 12

# Sweeps: one every ten minutes and two a night; what a night reads of each member's rows in indexes.
SWEEPS = (6 * 24 + 2) * DAYS
SWEEP_SECONDS = 1
NIGHT_READS = 0.1
CHECKS, CHECK_SECONDS, CHECK_REQUESTS = 12 * 24 * DAYS, 0.5, 4

# DynamoDB asks for a table's key once in five minutes for each function that uses it.
KEY_PAIRS, KEY_SECONDS = 20, 300


def prices():
    return tomllib.loads((template.ROOT / "aws/prices.toml").read_text(encoding="utf-8"))


def ways():
    """What each way asks of whom: the table of docs/performance.md, by way and column."""
    text = rust.source("docs/performance.md").split("<!-- requests -->")[1].split("<!-- /requests -->")[0]
    head, _, *rows = [[cell.strip().strip("`") for cell in line.strip("|").split("|")] for line in text.strip().splitlines()]
    return {row[0]: dict(zip(head[1:], map(int, row[1:]))) for row in rows}


def milliseconds(way):
    """How long a function runs for it: it waits for one after the other."""
    tables = way["waits"] - way["Iamport"] - way["Google"]
    return OWN + tables * WAITS["tables"] + way["Iamport"] * WAITS["Iamport"] + way["Google"] * WAITS["Google"]


def member():
    """What one member is in a month."""
    table = ways()
    total = lambda of: sum(often * of(table[way]) for way, often in USE.items())
    return {
        "requests to the API": total(lambda _: 1),
        "milliseconds of functions": total(milliseconds),
        "requests to tables": total(lambda way: way["tables"]),
        "read units": total(lambda way: way["read units"]) + NIGHT_READS * DAYS,
        "write units": total(lambda way: way["write units"]),
        "announcements": total(lambda way: way["bus"]),
        "requests to CloudFront": sum(USE[way] for way in USE if way.startswith(("GET", "POST"))) + 2 * VISITS + FILES,
        "kilobytes from CloudFront": APP + VISITS * (PAGE + 3 * ANSWER),
    }


def amounts(members):
    """What is paid for, by the price's name, in the price's unit."""
    one, night = member(), ways()["the sweep, when nobody is due"]
    requests = members * one["requests to the API"] + CHECKS * CHECK_REQUESTS
    announcements = members * one["announcements"]
    told = min(announcements, DIGESTS)
    calls = requests + told + SWEEPS + CHECKS
    time = (
        members * one["milliseconds of functions"] / 1000 * MEMORY["function"]
        + told * SLACK / 1000 * MEMORY["announce"]
        + SWEEPS * SWEEP_SECONDS * MEMORY["function"]
        + CHECKS * CHECK_SECONDS * MEMORY["check"]
    )
    of_tables = members * one["requests to tables"] + SWEEPS * night["tables"]
    stored = members * STORED / MILLION
    return {
        "api": requests / MILLION,
        "lambda_calls": calls / MILLION,
        "lambda_time": time / MILLION,
        "writes": members * one["write units"] / MILLION,
        "reads": (members * one["read units"] + SWEEPS * night["read units"]) / MILLION,
        "stored": stored,
        "past": stored,
        "keys": min(of_tables, KEY_PAIRS * SECONDS / KEY_SECONDS) / MILLION,
        "events": announcements / MILLION,
        "archive": announcements * EVENT / MILLION,
        "logs": (calls * LOG_OF_A_CALL + requests * LOG_OF_A_REQUEST) / MILLION,
        "cloudfront_gb": members * one["kilobytes from CloudFront"] / MILLION,
        "cloudfront_requests": members * one["requests to CloudFront"] / MILLION,
        "cloudfront_functions": members * (2 * VISITS + FILES) / MILLION,
        "s3_reads": members * 2 * VISITS / MILLION,
        **fixed(),
    }


@functools.cache
def fixed():
    """What there is of however many members."""
    stack = template.expanded()
    alarms = template.resources(stack, "AWS::CloudWatch::Alarm").values()
    looked_at = [[it for it in alarm["Properties"].get("Metrics", [{"MetricStat": 1}]) if "MetricStat" in it] for alarm in alarms]
    counted = {
        it["Properties"]["MetricTransformations"][0]["MetricName"] for it in template.resources(stack, "AWS::Logs::MetricFilter").values()
    }
    secrets = set(re.findall(r"secretsmanager:\$\{SecretsPrefix\}/(\w+)", rust.source("template.yaml")))
    return {
        "alarms": sum(map(len, looked_at)),
        "metrics": len(rust.figures() | counted),
        "secrets": len(secrets),
        "own_keys": len(template.resources(stack, "AWS::KMS::Key")),
    }


def bill(members, asked=None):
    """What each costs a month."""
    asked = asked or prices()
    return {name: max(0, amount - asked[name].get("free", 0)) * asked[name]["price"] for name, amount in amounts(members).items()}


# What belongs together, under one name.
LINES = {
    "API Gateway": ["api"],
    "Lambda": ["lambda_calls", "lambda_time"],
    "DynamoDB: written and read": ["writes", "reads"],
    "DynamoDB: stored, with its past": ["stored", "past"],
    "KMS: the keys of the tables": ["keys"],
    "EventBridge, with the archive": ["events", "archive"],
    "Logs": ["logs"],
    "Alarms and figures": ["alarms", "metrics"],
    "Secrets, and the key of what holds them": ["secrets", "own_keys"],
    "CloudFront and S3": ["cloudfront_gb", "cloudfront_requests", "cloudfront_functions", "s3_reads"],
}


def money(dollars):
    return f"{dollars:.2f}" if dollars < 10 else f"{dollars:,.0f}"


def amount(number):
    return f"{number:,.0f}" if number >= 100 else f"{number:,.1f}"


def row(*cells):
    return f"| {' | '.join(cells)} |"


def document():
    asked, bills = prices(), [bill(members) for members in SIZES.values()]
    totals = [sum(one.values()) for one in bills]
    lines = [row(name, *(money(sum(one[part] for part in parts)) for one in bills)) for name, parts in LINES.items()]
    there, of_one, table = fixed(), member(), ways()
    standing = sum(bill(0)[name] for name in there)
    arm = {**asked, "lambda_time": asked["lambda_time_arm64"]}
    saved = [money(total - sum(bill(members, arm).values())) for total, members in zip(totals, SIZES.values())]
    used = [row(f"`{way}`" if "/" in way else way, amount(often) if often >= 1 else str(often), str(milliseconds(table[way])), str(table[way]["write units"])) for way, often in USE.items()]
    said = [row(it["what"], f"{it['price']:g}", f"{it['free']:g}" if "free" in it else "–", it["source"], it["date"]) for it in asked.values()]
    return f"""# What it costs

US dollars a month, before tax, in Seoul. An **estimate**: written by `aws/costs.py` from the [prices](#prices) below, from the
[requests](performance.md#requests) that a test counts, and from what is taken for granted below. What AWS gives each month for
ever is taken off; what it gives in the first year is not.

| | {" | ".join(SIZES)} |
|---|{"--:|" * len(SIZES)}
{chr(10).join(lines)}
| **in all** | {" | ".join(f"**{money(total)}**" for total in totals)} |
| of which arm64 would save | {" | ".join(saved)} |
| for each member | {" | ".join(f"{total / members:.5f}" for total, members in zip(totals, SIZES.values()))} |

Of that {money(standing)} is for {there["alarms"]} figures that alarms look at, {there["metrics"]} of our own, {there["secrets"]} secrets and {there["own_keys"]} key, however few
the members are. The sweep and the check of a stack that nobody visits cost {money(sum(bill(0).values()) - standing)}. A firewall is not in it
([deploy.md](deploy.md#domains-the-desk-a-firewall)), nor what
the PG takes, which is far more.

At ten million members the web app's files and its calls through CloudFront are a large part; serving them from somewhere cheaper
(`HostWeb=false`) saves most of it.

## What a member does in a month

| way | times | ms of a function | write units |
|---|--:|--:|--:|
{chr(10).join(used)}

| in all | |
|---|--:|
{chr(10).join(row(name, amount(number)) for name, number in of_one.items())}

Taken for granted: {VISITS} visits; a wait of {WAITS["tables"]} ms for a table or the bus, {WAITS["Iamport"]} for Iamport, {WAITS["Google"]} for Google and
{SLACK} for each of at most {amount(DIGESTS)} digests a month to Slack; {STORED} KB in tables and indexes (mean of the first year); {LOG_OF_A_CALL} KB of log for each call and {LOG_OF_A_REQUEST} for
each request to the API; the whole app once a month ({APP} KB in {FILES} files) and its page at each visit; {amount(SWEEPS)} sweeps of
{SWEEP_SECONDS} s and {amount(CHECKS)} checks of {CHECK_SECONDS} s a month. Starts are not in it.

## Prices

Whoever relies on this looks them up again: those from memory were not looked up at all.

| for | dollars | free a month | from | of |
|---|--:|--:|---|---|
{chr(10).join(said)}

## What needs more than money at ten million

A third of a million renewals on one morning are as many webhooks, within the hour over which they are spread. Raise
`WebhookConcurrency`, the account's concurrency and DynamoDB's table quotas first. After a day without any webhook eight runs of
the sweep look at eight members each, about a quarter of a million an hour if a look takes a second.
"""


def main(said=None):
    arguments = account.arguments(__doc__)
    arguments.add_argument("--write", action="store_true", help="write docs/costs.md")
    logging.getLogger("samtranslator").setLevel(logging.CRITICAL)
    if arguments.parse_args(said).write:
        DOCUMENT.write_text(document(), encoding="utf-8")
    else:
        print(document(), end="")


if __name__ == "__main__":
    sys.exit(main())
