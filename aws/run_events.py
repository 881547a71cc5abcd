"""Runs every event of events/, and every odd shape of one in events/shapes.json, against the functions'
binaries, over Lambda's Runtime API on loopback.

Then asks each binary what a new version is asked before it is given anything (aws/hook.py).

Each event runs in up to three worlds: `up`, where everything answers; `untrusted`, where the ID token was
signed by a stranger; `down`, where nothing answers. What should come of it is in events/expectations.json.
Shapes run in `up`, and say themselves what should come of them.

    python aws/run_events.py [--binaries target/fast] [function or event or shapes ...]
"""

import argparse
import copy
import json
import logging
import pathlib
import sys
import tempfile

import boto3
from moto.server import ThreadedMotoServer

import hook
import rust
import template
from loopback import PROJECT, ClosedPort, Google, Lambda, Slack

EVENTS = template.ROOT / "events"
TOKEN = "${ID_TOKEN}"
SECRET = "secret-of-iamport"
AWS = {"AWS_REGION": "ap-northeast-2", "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "not-a-secret"}


def expectations():
    """What should come of each event: by file, then by world."""
    return json.loads((EVENTS / "expectations.json").read_text(encoding="utf-8"))


def shapes():
    """The odd shapes as events: by `shapes/` and their name, the function, the event and what should come of it."""
    found, wanted = {}, expectations()
    for shape in json.loads((EVENTS / "shapes.json").read_text(encoding="utf-8")):
        if "event" in shape:
            function, event, outcomes = shape["function"], shape["event"], {}
        else:
            function = shape["of"].split("/")[0]
            event = json.loads((EVENTS / shape["of"]).read_text(encoding="utf-8"))
            outcomes = {name: who for name, who in wanted[shape["of"]].items() if name == "as"}
        for pointer in shape.get("without", []):
            within, name = _at(event, pointer)
            del within[name]
        for pointer, value in shape.get("set", {}).items():
            within, name = _at(event, pointer)
            within[name] = _written_out(value)
        found[f"shapes/{shape['shape']}"] = function, event, {**outcomes, "up": shape["wanted"]}
    return found


def _at(event, pointer):
    *way, name = pointer.removeprefix("/").split("/")
    for step in way:
        event = event[step]
    return event, name


def _written_out(value):
    """What is too long to be written out is said in the table: a text many times, or many headers."""
    match value:
        case {"repeat": text, "times": times, **around}:
            return around.get("before", "") + text * times + around.get("after", "")
        case {"many": times}:
            return {f"x-{number}": "x" for number in range(times)}
    return value


class World:
    """Everything a function meets, and its environment as template.yaml sets it, with the addresses of this machine."""

    def __init__(self):
        self.google = Google()
        self.slack = Slack()
        self.nobody = ClosedPort()
        self._moto = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
        self._moto.start()
        host, port = self._moto.get_host_and_port()
        self._expanded = template.expanded()
        self._make_aws(f"http://{host}:{port}")

    def _make_aws(self, url):
        self._aws = url
        client = lambda service: boto3.client(
            service,
            endpoint_url=url,
            region_name=AWS["AWS_REGION"],
            aws_access_key_id=AWS["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=AWS["AWS_SECRET_ACCESS_KEY"],
        )
        tables = template.data()
        for table in template.resources(tables, "AWS::DynamoDB::Table").values():
            name = template.resolve(table["Properties"]["TableName"], tables, {"AWS::StackName": "gudok-data"})
            keys = ("BillingMode", "AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes")
            wanted = {key: table["Properties"][key] for key in keys if key in table["Properties"]}
            client("dynamodb").create_table(TableName=name, **wanted)
        client("events").create_event_bus(Name="gudok")

    def environment(self, function, down):
        """A function's environment: the template's, but for secrets and addresses."""
        _, properties = template.functions(self._expanded)[function]
        said = template.resolve(properties["Environment"]["Variables"], self._expanded)
        nobody = self.nobody.url
        aws = nobody if down else self._aws
        here = {
            "EVENT_BUS": "gudok",
            "PUBLIC_API_URL": "https://api.example.com",
            "WEB_URL": "https://gudok.example.com",
            "IAMPORT_BASE_URL": nobody,
            "IAMPORT_API_KEY": "key",
            "IAMPORT_API_SECRET": SECRET,
            "FIREBASE_SERVICE_ACCOUNT": self.google.service_account(),
            "SLACK_WEBHOOK_URL": nobody + self.slack.path if down else self.slack.url,
        }
        addresses = {
            "AWS_ENDPOINT_URL_DYNAMODB": aws,
            "AWS_ENDPOINT_URL_EVENTBRIDGE": aws,
            "FIREBASE_JWKS_URL": nobody if down else self.google.keys_url,
            "FIREBASE_IDENTITY_TOOLKIT_URL": nobody if down else self.google.url,
        }
        assert PROJECT == said.get("FIREBASE_PROJECT")
        return said | {name: value for name, value in here.items() if name in said} | addresses | AWS

    def secrets(self):
        """What no log may hold."""
        return {
            "the secret of Iamport's API": SECRET,
            "the path of Slack's address": self.slack.path,
            "the service account's key": json.loads(self.google.service_account())["private_key"].splitlines()[1],
        }

    def close(self):
        self._moto.stop()
        for one in (self.google, self.slack, self.nobody):
            one.close()


def signed(event, token):
    """The event with its token in place."""
    event = copy.deepcopy(event)
    headers = event.get("headers") if isinstance(event, dict) else None
    if isinstance(headers, dict) and TOKEN in headers.get("authorization", ""):
        headers["authorization"] = headers["authorization"].replace(TOKEN, token)
    return event


def from_the_queue(function, event):
    """What announce gets, it gets from its queue: a sample that is no batch is one record of one."""
    if function != "announce" or isinstance(event, dict) and "Records" in event:
        return event
    return {"Records": [{"messageId": "1", "body": json.dumps(event)}]}


def differs(wanted, kind, answer):
    """In what an answer differs from the wanted one; nothing if it does not."""
    match wanted:
        case {"error": message}:
            seen = answer["errorMessage"] if kind == "error" else f"{kind}: {answer}"
            return None if seen == message else seen
        case {"done": said}:
            if kind != "response":
                return f"{kind}: {answer}"
            if isinstance(said, dict) and isinstance(answer, dict):
                answer = {name: answer.get(name) for name in said}
            return None if answer == said else f"{answer}"
        case {"status": status, **rest}:
            if kind != "response":
                return f"{kind}: {answer}"
            seen = {"status": answer["statusCode"]}
            if seen["status"] >= 400:
                seen["problem"] = json.loads(answer["body"])["type"].removeprefix("/problems/")
            return None if seen == {"status": status, **rest} else f"{seen}"
    raise ValueError(f"no expectation: {wanted}")


def run(world, binaries, chosen):
    """Runs the chosen events (all, if none is chosen); gives the number run and what went wrong."""
    wanted = {
        path: (path.split("/")[0], json.loads((EVENTS / path).read_text(encoding="utf-8")), outcomes)
        for path, outcomes in expectations().items()
    } | shapes()
    if chosen:
        is_chosen = lambda path: any(path == one or path.startswith(one.rstrip("/") + "/") for one in chosen)
        wanted = {path: it for path, it in wanted.items() if is_chosen(path)}
    count, wrong = 0, []
    for function in dict.fromkeys(function for function, _, _ in wanted.values()):
        of_function = {path: (event, outcomes) for path, (whose, event, outcomes) in wanted.items() if whose == function}
        for down in (False, True):
            done, bad = _run_process(world, binaries / function, function, of_function, down)
            count, wrong = count + done, wrong + bad
    return count, wrong


def _run_process(world, binary, function, wanted, down):
    count, wrong, tokens = 0, [], {}
    with tempfile.TemporaryFile() as log:
        process = Lambda(binary, world.environment(function, down), log)
        try:
            for path, (event, outcomes) in wanted.items():
                for name in ("down",) if down else ("up", "untrusted"):
                    if name not in outcomes:
                        continue
                    # Each event has a member of its own, so that none meets what another left.
                    token = world.google.token(path, admin=outcomes.get("as") == "admin", forged=name == "untrusted")
                    tokens[f"the token of {path}"] = token
                    kind, answer = process.invoke(from_the_queue(function, signed(event, token)))
                    if kind == "exit":
                        process.close()
                        process = Lambda(binary, world.environment(function, down), log)
                    difference = differs(outcomes[name], kind, answer)
                    count += 1
                    if difference:
                        wrong.append(f"{path}, {name}: wanted {outcomes[name]}, got {difference}")
        finally:
            process.close()
        log.seek(0)
        said = log.read().decode(errors="replace")
    if wrong:
        print(said[-4000:])
    held = [what for what, secret in (world.secrets() | tokens).items() if secret in said]
    return count, wrong + [f"{function}, {'down' if down else 'up'}: the log holds {what}" for what in held]


def before_traffic(world, binaries):
    """Asks each binary what a new version is asked before anybody else can ask it; gives the number asked and what went
    wrong. Where nothing answers, a member's question has to be seen to fail."""
    stack, token, count, wrong = template.expanded(), world.google.token("the probe"), 0, []
    for function in rust.functions():
        for down in (False, True):
            with tempfile.TemporaryFile() as log:
                process = Lambda(binaries / function, world.environment(function, down), log)
                try:
                    for asks_as in (token,) if down else (None, token):
                        told, why = hook.run(stack, function, process.invoke, asks_as)
                        # An empty batch asks nobody.
                        wanted = "Failed" if down and function != "announce" else "Succeeded"
                        count += 1
                        if told != wanted:
                            wrong.append(f"before traffic, {function}, {'down' if down else 'up'}, {'member' if asks_as else 'stranger'}: {told}: {why}")
                finally:
                    process.close()
    return count, wrong


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--binaries", type=pathlib.Path, default=template.ROOT / "target/fast", help="where the binaries are")
    arguments.add_argument("chosen", nargs="*", help="a function, or an event such as checkout/open.json; all if none")
    said = arguments.parse_args()
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    logging.getLogger("samtranslator").setLevel(logging.CRITICAL)
    binaries, world = said.binaries.resolve(), World()
    try:
        count, wrong = run(world, binaries, said.chosen)
        if not said.chosen:
            asked, bad = before_traffic(world, binaries)
            count, wrong = count + asked, wrong + bad
    finally:
        world.close()
    for line in wrong:
        print(line)
    print(f"{count} runs of events, {len(wrong)} wrong" if wrong else f"{count} runs of events, all as expected")
    return 1 if wrong or not count else 0


if __name__ == "__main__":
    sys.exit(main())
