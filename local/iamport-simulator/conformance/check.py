#!/usr/bin/env python3
"""Validates the simulator's answers against the provider's OpenAPI document (Swagger 2.0).

    python3 local/iamport-simulator/conformance/check.py path/to/openapi.json [http://127.0.0.1:8081]

Without a URL it builds and starts a simulator. It installs jsonschema into the target folder, calls
every operation of the document that the simulator has, and checks that each answer has a documented
HTTP status and a body that fits the schema. What the schema leaves out (that absent values are
null, and pages where it says arrays) is written down in this file.
"""

import copy
import json
import os
import re
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
TOOLS = ROOT / "target" / "iamport-check"

# Not simulated: PAYCO only.
LEFT_OUT = {("get", "/payments/{imp_uid}/balance")}
# The schema names these three's `response` an array; its prose and every client have a page.
PAGED = {
    ("get", "/subscribe/payments/schedule"),
    ("get", "/subscribe/payments/schedule/customers/{customer_uid}"),
    ("get", "/subscribe/customers/{customer_uid}/schedules"),
}
# Refusals that were observed, or are described in prose, with a status the schema does not list.
UNLISTED_STATUS = {
    ("post", "/users/getToken"): {400},
    ("get", "/payments/prepare/{merchant_uid}"): {404},
    ("post", "/subscribe/payments/again"): {400},
}


def main():
    if not 2 <= len(sys.argv) <= 3:
        sys.exit(__doc__)
    if Path(sys.prefix) != TOOLS:
        python = TOOLS / "bin" / "python"
        if not python.exists():
            venv.create(TOOLS, with_pip=True)
            subprocess.run([python, "-m", "pip", "install", "--quiet",
                            "--disable-pip-version-check", "jsonschema==4.25.1"], check=True)
        os.execv(python, [str(python), *sys.argv])
    document = json.loads(Path(sys.argv[1]).read_text())
    if len(sys.argv) == 3:
        return check(document, sys.argv[2])
    subprocess.run(["cargo", "build", "--quiet", "-p", "iamport-simulator"], cwd=ROOT, check=True)
    target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    simulator = subprocess.Popen([target / "debug" / "iamport-simulator", "--listen", "127.0.0.1:0"],
                                 stderr=subprocess.PIPE, text=True)
    try:
        return check(document, simulator.stderr.readline().split()[-1])
    finally:
        simulator.kill()
        simulator.wait()


def schemas(document):
    """The document's definitions as JSON schemas that say what they mean."""
    definitions = copy.deepcopy(document["definitions"])
    for name, schema in definitions.items():
        properties = schema.get("properties", {})
        required = set(schema.get("required", []))
        if name == "PaymentPrepareAnnotation":
            required = {"merchant_uid", "amount"}  # copied from a page in the document
            schema["required"] = sorted(required)
        for key, value in properties.items():
            numbers(value)
            if key not in required:
                properties[key] = {"anyOf": [value, {"type": "null"}]}
        if properties and name != "ResponseAnnotation":
            schema["additionalProperties"] = False
    return definitions


def numbers(schema):
    """The document writes some lengths as text."""
    for key in ("maxLength", "minimum", "maximum"):
        if key in schema:
            schema[key] = int(schema[key])


def success_of(document, method, path):
    """The schema of a success's body, by its name."""
    answer = document["paths"][path][method]["responses"]["200"]["schema"]
    # A customer's schema lists two alternatives as properties; Inicis' is the first.
    reference = answer.get("$ref") or answer["properties"]["CustomerResponse"]["$ref"]
    name = reference.rsplit("/", 1)[1]
    parts = document["definitions"][name]["allOf"]
    return parts[1]["properties"]["response"]


class Checker:
    def __init__(self, document, base):
        from jsonschema import Draft4Validator
        self.validator = Draft4Validator
        self.document, self.base = document, base
        self.definitions = schemas(document)
        self.token = None
        self.called, self.wrong, self.answers = set(), [], 0

    def send(self, method, target, body=None, form=False):
        headers = {"Authorization": self.token} if self.token else {}
        data = None
        if body is not None:
            data = (urllib.parse.urlencode(body) if form else json.dumps(body)).encode()
            headers["Content-Type"] = ("application/x-www-form-urlencoded" if form
                                       else "application/json")
        request = urllib.request.Request(self.base + target, data, headers, method=method.upper())
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, answer.headers, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.headers, error.read()

    def call(self, method, path, arguments=None, query=None, body=None, form=False, status=200,
             code=0):
        """Calls an operation, validates its answer, and returns its `response`."""
        target = path
        for name, value in (arguments or {}).items():
            target = target.replace("{%s}" % name, urllib.parse.quote(value, safe=""))
        if query:
            target += "?" + urllib.parse.urlencode(query)
        actual, headers, raw = self.send(method, target, body, form)
        self.called.add((method, path))
        self.answers += 1
        trouble = []
        listed = {int(s) for s in self.document["paths"][path][method]["responses"]} | \
            UNLISTED_STATUS.get((method, path), set())
        if actual != status or actual not in listed:
            trouble.append(f"HTTP {actual}, expected {status}, listed {sorted(listed)}")
        if headers["Content-Type"] != "application/json; charset=UTF-8":
            trouble.append(f"Content-Type {headers['Content-Type']}")
        if not raw.isascii() or re.search(rb"[^\\]/", raw):
            trouble.append("not encoded as PHP does")
        answer = json.loads(raw)
        if list(answer) != ["code", "message", "response"]:
            trouble.append(f"envelope {list(answer)}")
        if code != "any" and answer["code"] != code:
            trouble.append(f"code {answer['code']}: {answer['message']}")
        if answer["code"] == 0:
            trouble += self.validate(method, path, answer["response"])
        elif answer["response"] is not None or not answer["message"]:
            trouble.append("a refusal has a message and no response")
        for each in trouble:
            self.wrong.append(f"{method.upper()} {target}: {each}")
        return answer["response"]

    def validate(self, method, path, response):
        schema = success_of(self.document, method, path)
        if (method, path) in PAGED:
            schema = {
                "type": "object", "required": ["total", "previous", "next", "list"],
                "additionalProperties": False,
                "properties": {**{n: {"type": "integer"} for n in ("total", "previous", "next")},
                               "list": schema},
            }
        whole = {**schema, "definitions": self.definitions}
        if "$ref" in schema:
            whole = {"allOf": [schema], "definitions": self.definitions}
        return [f"{'/'.join(map(str, e.absolute_path))}: {e.message[:200]}"
                for e in self.validator(whole).iter_errors(response)]


def check(document, base):
    api = Checker(document, base)
    run = f"{time.time_ns():x}"
    card, again = f"card_{run}", f"again_{run}"

    def window(customer_uid, **more):
        request = {"pg": "html5_inicis.INIBillTst", "pay_method": "card", "name": "카드 등록",
                   "merchant_uid": f"issue_{customer_uid}", "amount": 100,
                   "customer_uid": customer_uid, "buyer_name": "홍길동", "buyer_tel": "01000000000"}
        status, _, raw = api.send("post", "/simulator/card-window",
                                  {"request_pay": request, **more})
        assert status == 200 and json.loads(raw)["success"], raw

    def now():
        return api.call("post", "/users/getToken", body=keys)["now"]

    # Tokens.
    keys = {"imp_key": "imp_key", "imp_secret": "imp_secret"}
    api.call("post", "/users/getToken", body={**keys, "imp_secret": "no"}, status=401, code=-1)
    api.call("post", "/users/getToken", body={}, status=400, code=-1)
    api.call("get", "/payments/{imp_uid}", {"imp_uid": "imp_0"}, status=401, code=-1)
    api.token = api.call("post", "/users/getToken", body=keys, form=True)["access_token"]
    api.call("get", "/users/pg")
    api.call("get", "/cards")
    api.call("get", "/cards/{card_standard_code}", {"card_standard_code": "361"})
    api.call("get", "/cards/{card_standard_code}", {"card_standard_code": "0"}, status=404, code=-1)

    # Keys.
    window(card)
    number = {"card_number": "4242-4242-4242-4242", "expiry": "2030-12", "birth": "900101"}
    customer = "/subscribe/customers/{customer_uid}"
    api.call("post", customer, {"customer_uid": f"{card}_api"}, body=number)
    api.call("post", customer, {"customer_uid": f"{card}_api"},
             body={**number, "card_number": "1234-1234-1234-1234"}, code=-1)
    api.call("get", customer, {"customer_uid": card})
    api.call("get", customer, {"customer_uid": "nobody"}, status=404, code=1)
    several = "/subscribe/customers"
    api.call("get", several, query=[("customer_uid[]", card)])
    api.call("get", several, query=[("customer_uid[]", card), ("customer_uid[]", "x")], status=207)
    api.call("get", several, query=[("customer_uid[]", "x")], status=404, code=-1)

    # Charges.
    order = {"customer_uid": card, "merchant_uid": again, "amount": 9900, "name": "월 구독"}
    paid = api.call("post", "/subscribe/payments/again", body=order)
    api.call("post", "/subscribe/payments/again", body=order, code=1)
    api.call("post", "/subscribe/payments/again", body={"customer_uid": card}, status=400, code=-1)
    window(f"{card}_poor", card="insufficient_funds")
    failed = api.call("post", "/subscribe/payments/again", form=True,
                      body={**order, "customer_uid": f"{card}_poor", "merchant_uid": f"{again}_f"})
    assert failed["status"] == "failed", failed
    api.call("post", "/subscribe/payments/onetime", body={
        **number, "merchant_uid": f"{again}_o", "amount": 100, "name": "x", "buyer_name": "홍길동",
        "buyer_email": "a@example.com", "buyer_tel": "010"})

    # Look-ups.
    payment = "/payments/{imp_uid}"
    api.call("get", payment, {"imp_uid": paid["imp_uid"]})
    api.call("get", payment, {"imp_uid": "imp_0"}, status=404, code=-1)
    many = [("imp_uid[]", paid["imp_uid"]), ("merchant_uid[]", f"issue_{card}")]
    api.call("get", "/payments", query=many)
    api.call("get", "/payments", query=[*many, ("imp_uid[]", "imp_0")], status=207)
    api.call("get", "/payments", query=[("imp_uid[]", "imp_0")], status=404, code=-1)
    for find in ("find", "findAll"):
        path = "/payments/%s/{merchant_uid}/{payment_status}" % find
        for status in ("", "paid"):
            api.call("get", path, {"merchant_uid": again, "payment_status": status})
        api.call("get", path, {"merchant_uid": "x", "payment_status": ""}, status=404, code=-1)
    by_status = "/payments/status/{payment_status}"
    for status in ("all", "ready", "paid", "cancelled", "failed"):
        api.call("get", by_status, {"payment_status": status})
    api.call("get", by_status, {"payment_status": "x"}, status=400, code=-1)
    api.call("get", customer + "/payments", {"customer_uid": card})
    api.call("get", customer + "/payments", {"customer_uid": "nobody"}, status=404, code=1)

    # Preparing and cancelling.
    prepared = {"merchant_uid": f"prepare_{run}", "amount": 100}
    api.call("post", "/payments/prepare", body=prepared)
    api.call("post", "/payments/prepare", body=prepared, code=1)
    api.call("put", "/payments/prepare", body={**prepared, "amount": 200})
    api.call("put", "/payments/prepare", body={**prepared, "merchant_uid": "x"}, status=404, code=-1)
    prepare = "/payments/prepare/{merchant_uid}"
    api.call("get", prepare, {"merchant_uid": prepared["merchant_uid"]})
    api.call("get", prepare, {"merchant_uid": "x"}, status=404, code=-1)
    for amount in (900, 9000):
        api.call("post", "/payments/cancel", body={"merchant_uid": again, "amount": amount})
    api.call("post", "/payments/cancel", body={"merchant_uid": again}, code=1)
    api.call("post", "/payments/cancel", body={"imp_uid": "imp_0"}, code=1)

    # Schedules: one that is revoked, one that is moved and paid, one that fails twice.
    at = now() + 86400
    schedule = "/subscribe/payments/schedule"
    one = schedule + "/{merchant_uid}"

    def item(merchant_uid, at):
        return {"merchant_uid": merchant_uid, "schedule_at": at, "amount": 9900, "currency": "KRW",
                "name": "월 구독"}

    api.call("post", schedule, body={
        "customer_uid": card, "schedules": [item(f"s1_{run}", at), item(f"s2_{run}", at)]})
    poor = {"customer_uid": f"{card}_poor", "schedules": [item(f"s3_{run}", at)]}
    api.call("post", schedule, body=poor)
    api.call("post", schedule, body=poor, code=1)
    api.call("post", schedule, body={**poor, "customer_uid": "nobody"}, code=1)
    api.call("put", one, {"merchant_uid": f"s2_{run}"}, body={"schedule_at": at + 3600})
    api.call("put", one, {"merchant_uid": f"s2_{run}"}, body={"schedule_at": 1}, status=400, code=-1)
    api.call("put", one, {"merchant_uid": "x"}, body={"schedule_at": at}, status=404, code=-1)
    api.call("post", "/subscribe/payments/unschedule", body={"merchant_uid": [f"s1_{run}"]})
    api.call("post", "/subscribe/payments/unschedule", body={"merchant_uid": [f"s1_{run}"]}, code=1)
    status, _, _ = api.send("post", "/simulator/clock", {"advance_seconds": 86400 + 7200})
    assert status == 200
    api.token = api.call("post", "/users/getToken", body=keys)["access_token"]
    for merchant_uid in (f"s1_{run}", f"s2_{run}", f"s3_{run}"):
        api.call("get", one, {"merchant_uid": merchant_uid})
    api.call("get", one, {"merchant_uid": "x"}, status=404, code=-1)
    for path in (customer + "/schedules", schedule + "/customers/{customer_uid}"):
        span = {"from": at - 1, "to": at + 7200}
        listed = api.call("get", path, {"customer_uid": card}, query=span)
        assert len(listed["list"]) == 2, listed
        api.call("get", path, {"customer_uid": card}, query={**span, "schedule-status": "revoked"})
        api.call("get", path, {"customer_uid": card}, status=400, code=-1)
    api.call("get", schedule, query={"schedule_from": at - 1, "schedule_to": at + 7200})
    api.call("get", schedule, status=400, code=-1)
    retry, again_at = one + "/retry", one + "/reschedule"
    api.call("post", retry, {"merchant_uid": f"s3_{run}"}, body={})
    api.call("post", retry, {"merchant_uid": f"s2_{run}"}, body={}, status=400, code=-1)
    api.call("post", retry, {"merchant_uid": "x"}, body={}, status=404, code=-1)
    later = {"schedule_at": at + 30 * 86400}
    api.call("post", again_at, {"merchant_uid": f"s1_{run}"}, body=later)
    api.call("post", again_at, {"merchant_uid": f"s2_{run}"}, body=later, status=400, code=-1)
    api.call("post", again_at, {"merchant_uid": "x"}, body=later, status=404, code=-1)
    api.call("delete", customer, {"customer_uid": card}, query={"reason": "x"})
    api.call("delete", customer, {"customer_uid": card}, status=404, code=1)

    operations = {(method, path) for path, item in document["paths"].items() for method in item}
    missing = operations - api.called - LEFT_OUT
    for method, path in sorted(missing):
        api.wrong.append(f"{method.upper()} {path}: not called")
    for each in api.wrong:
        print("WRONG", each)
    print(f"{len(api.called)} of {len(operations)} operations, {api.answers} answers, "
          f"{len(api.wrong)} wrong")
    return 1 if api.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
