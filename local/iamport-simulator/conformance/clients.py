"""Two clients from PyPI against the simulator at $SIMULATOR, each through its own functions."""

import json
import os
import time
import urllib.request
import uuid

from iamport import Iamport
from iamporter import Iamporter
from iamporter.api import Payments, Subscribe
from iamporter.errors import ImpApiError, ImpUnAuthorized

BASE = os.environ["SIMULATOR"]
RUN = uuid.uuid4().hex[:8]


def register(customer_uid, card="approve"):
    window = {
        "request_pay": {
            "pg": "html5_inicis.INIBillTst", "pay_method": "card", "name": "카드 등록",
            "merchant_uid": f"issue_{customer_uid}", "amount": 100, "customer_uid": customer_uid,
            "buyer_tel": "01000000000",
        },
        "card": card,
    }
    request = urllib.request.Request(
        f"{BASE}/simulator/card-window", json.dumps(window).encode(),
        {"Content-Type": "application/json"})
    callback = json.load(urllib.request.urlopen(request, timeout=10))
    assert callback["success"], callback
    return callback


def refused(kind, call, **expected):
    try:
        answer = call()
    except kind as error:
        for name, value in expected.items():
            assert getattr(error, name) == value, (name, getattr(error, name), value)
        return error
    raise AssertionError(f"not refused: {answer}")


def iamport_rest_client():
    client = Iamport("imp_key", "imp_secret", f"{BASE}/")
    card = f"py1_{RUN}"
    callback = register(card)
    assert client.find(imp_uid=callback["imp_uid"])["customer_uid_usage"] == "issue"
    assert client.customer_get(card)["customer_uid"] == card

    paid = client.pay_again(customer_uid=card, merchant_uid=f"{card}_1", amount=1000, name="구독")
    assert (paid["status"], paid["amount"], paid["customer_uid_usage"]) == ("paid", 1000, "payment")
    assert client.find(imp_uid=paid["imp_uid"]) == client.find(merchant_uid=f"{card}_1")
    assert client.is_paid(1000, merchant_uid=f"{card}_1")
    refused(Iamport.ResponseError,
            lambda: client.pay_again(customer_uid=card, merchant_uid=f"{card}_1", amount=1, name="x"),
            code=1)
    refused(Iamport.ResponseError,
            lambda: client.pay_again(customer_uid="nobody", merchant_uid=f"{card}_2", amount=1, name="x"),
            code=1, message="등록되지 않은 구매자입니다.")
    refused(Iamport.HttpError, lambda: client.find(imp_uid="imp_0"), code=404)

    cancelled = client.cancel("부분", merchant_uid=f"{card}_1", amount=300, checksum=1000)
    assert (cancelled["status"], cancelled["cancel_amount"]) == ("cancelled", 300)
    client.cancel("나머지", imp_uid=paid["imp_uid"])
    refused(Iamport.ResponseError, lambda: client.cancel("또", imp_uid=paid["imp_uid"]),
            code=1, message="이미 전액취소된 주문입니다.")

    at = int(time.time()) + 86400
    made = client.pay_schedule(customer_uid=card, schedules=[
        {"merchant_uid": f"{card}_3", "schedule_at": at, "amount": 1000, "name": "구독"}])
    assert made[0]["schedule_status"] == "scheduled"
    assert client.pay_schedule_get(f"{card}_3") == made[0]
    between = client.pay_schedule_get_between(schedule_from=at, schedule_to=at + 1)
    assert [s["merchant_uid"] for s in between["list"]] == [f"{card}_3"]
    revoked = client.pay_unschedule(customer_uid=card, merchant_uid=f"{card}_3")
    assert revoked[0]["schedule_status"] == "revoked"
    refused(Iamport.ResponseError, lambda: client.pay_unschedule(customer_uid=card),
            code=1, message="취소할 예약결제 기록이 존재하지 않습니다.")

    client.prepare(f"{card}_4", 500)
    assert client.prepare_validate(f"{card}_4", 500)
    refused(Iamport.ResponseError, lambda: client.prepare(f"{card}_4", 500), code=1)

    client.customer_create(customer_uid=f"{card}_api", card_number="4242-4242-4242-4242",
                           expiry="2030-12", birth="900101")
    assert client.customer_delete(card)["customer_uid"] == card
    refused(Iamport.HttpError, lambda: client.customer_get(card), code=404)
    refused(Iamport.HttpError,
            lambda: Iamport("imp_key", "wrong", f"{BASE}/").find(imp_uid="x"), code=401)


def iamporter():
    client = Iamporter("imp_key", "imp_secret", imp_url=BASE)
    card = f"py2_{RUN}"
    client.create_billkey(customer_uid=card, card_number="4242-4242-4242-4242", expiry="2030-12",
                          birth="900101", pwd_2digit="00")
    assert client.find_billkey(customer_uid=card)["customer_uid"] == card
    paid = client.create_payment(merchant_uid=f"{card}_1", customer_uid=card, name="구독", amount=1000)
    assert paid["status"] == "paid"
    assert client.find_payment(imp_uid=paid["imp_uid"]) == client.find_payment(merchant_uid=f"{card}_1")
    assert client.cancel_payment(merchant_uid=f"{card}_1", amount=400)["cancel_amount"] == 400
    payments = Payments(auth=client.imp_auth, imp_url=BASE)
    assert payments.get_findall(f"{card}_1").data["total"] == 1
    assert payments.get_status("cancelled").data["list"][0]["merchant_uid"] == f"{card}_1"
    subscribe = Subscribe(auth=client.imp_auth, imp_url=BASE)
    assert subscribe.get_customers_payments(card).data["total"] == 1
    assert client.delete_billkey(customer_uid=card)["customer_uid"] == card
    refused(ImpApiError, lambda: client.find_billkey(customer_uid=card))
    refused(ImpApiError, lambda: client.create_payment(
        merchant_uid=f"{card}_1", customer_uid=card, name="x", amount=1))
    refused(ImpUnAuthorized, lambda: Iamporter("imp_key", "wrong", imp_url=BASE))


for check in (iamport_rest_client, iamporter):
    check()
    print(f"PyPI {check.__name__.replace('_', '-')}: ok")
