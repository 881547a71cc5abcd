"""Each rule speaks when what it is about is not so, and none does of books that are right."""

from __future__ import annotations

import copy
import json
import tempfile
import unittest
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import export
import korea
from audit import differences
from facts import Row, World, name_of

RUN = "01N7Q7SH4R00000000000001TV"
PAID = f"pay-{RUN}-0-0"
NEXT = f"pay-{RUN}-1-0"
WINDOW = f"reg-{RUN}-0"
CARD = f"card-{RUN}-0"
UID = "member"
DUE = "2027-02-28"


def stored(value: Any) -> Row:
    """A value as DynamoDB's API shows it."""
    match value:
        case bool():
            return {"BOOL": value}
        case int():
            return {"N": str(value)}
        case dict():
            return {"M": {name: stored(inner) for name, inner in value.items()}}
        case list():
            return {"L": [stored(inner) for inner in value]}
        case None:
            return {"NULL": True}
        case _:
            return {"S": value}


class Books:
    """A member who subscribed on 31 January and whose next month is scheduled: rows as plain JSON, to be changed."""

    def __init__(self) -> None:
        at = korea.charged_at(date.fromisoformat(DUE), UID, {})
        charge = {
            "merchant_uid": NEXT,
            "customer_uid": CARD,
            "amount": 9900,
            "plan": "monthly",
            "period": 1,
            "opened_at": "2027-01-31T03:00:16Z",
            "outcome": {"state": "scheduled", "at": at.isoformat()},
        }
        consent = {"version": "2026-01", "plan": "monthly", "price": 9900, "agreed_at": "2027-01-31T02:59:00Z"}
        self.member: Row = {
            "uid": UID,
            "id": RUN,
            "version": 9,
            "plan": "monthly",
            "price": 9900,
            "consent": consent,
            "anchor": "2027-01-31",
            "periods_paid": 1,
            "state": "active",
            "paid_through": DUE,
            "card": {"customer_uid": CARD},
            "charges": [charge],
            "access": {"state": "granted", "at": "2027-01-31T03:00:16Z"},
            "due_at": (at + timedelta(minutes=2)).isoformat(),
        }
        self.payment: Row = {
            "uid": UID,
            "paid_at": "2027-01-31T03:00:15Z#imps_1",
            "paid_at_exact": "2027-01-31T03:00:15Z",
            "imp_uid": "imps_1",
            "merchant_uid": PAID,
            "amount": 9900,
            "refunded": 0,
            "plan": "monthly",
            "period": 0,
            "period_start": "2027-01-31",
            "period_end": DUE,
        }
        self.window: Row = {
            "purpose": "registration",
            "uid": UID,
            "merchant_uid": WINDOW,
            "customer_uid": CARD,
            "amount": 9900,
            "plan": "monthly",
            "opened_at": "2027-01-31T02:59:00Z",
            "outcome": {"state": "registered", "imp_uid": "imp_0"},
        }
        self.paid_order: Row = {
            **charge,
            "purpose": "charge",
            "uid": UID,
            "merchant_uid": PAID,
            "period": 0,
            "opened_at": "2027-01-31T03:00:14Z",
            "outcome": {"state": "paid", "imp_uid": "imps_1"},
        }
        self.next_order: Row = {**copy.deepcopy(charge), "purpose": "charge", "uid": UID}
        self.money: Row = {
            "imp_uid": "imps_1",
            "merchant_uid": PAID,
            "status": "paid",
            "customer_uid": CARD,
            "customer_uid_usage": "payment",
            "amount": 9900,
            "cancel_amount": 0,
            "paid_at": 1_801_364_415,
            "cancel_history": [],
        }
        self.schedule: Row = {
            "merchant_uid": NEXT,
            "customer_uid": CARD,
            "amount": 9900,
            "schedule_at": int(at.timestamp()),
            "schedule_status": "scheduled",
        }
        issue = {"imp_uid": "imp_0", "merchant_uid": WINDOW, "customer_uid_usage": "issue", "paid_at": 1_801_364_400}
        self.records: list[Row] = [{**self.money, **issue}, self.money]
        self.schedules = [self.schedule]
        self.payments = [self.payment]
        self.members = [self.member]
        self.keys = [CARD]
        self.journal = [self.told("paid", 2, imp_uid="imps_1", amount=9900, paid_through=DUE)]
        self.account: Row = {"claims": {"subscriber": True, "role": "editor"}, "others": {"role": "editor"}}
        self.account["disabled"] = False
        self.more_orders: list[Row] = []
        self.figures: list[Row] = []
        self.now = "2027-02-15T00:00:00Z"

    @staticmethod
    def told(kind: str, version: int, at: str = "2027-01-31T03:00:16Z", **more: Any) -> Row:
        """An entry of the journal."""
        entry = f"{RUN}-{version}-0"
        return {"uid": UID, "at": f"{at}#{entry}", "id": entry, "entry": "told", "type": kind, **more}

    def line(self) -> Row:
        """All of it as a line of the stream."""
        orders = [self.window, self.paid_order, self.next_order, *self.more_orders]
        tables = {"subscriptions": self.members, "payments": self.payments, "orders": orders, "journal": self.journal}
        tables["retained"] = self.figures
        items = {name: [stored(row)["M"] for row in rows] for name, rows in tables.items()}
        iamport = {"payments": self.records, "schedules": self.schedules, "keys": self.keys}
        return {"seed": 1, "now": self.now, "tables": items, "iamport": iamport, "accounts": {UID: self.account}}

    def rules(self) -> set[str]:
        """The rules that speak."""
        return {found.rule for found in differences(World(self.line()))}


class Rules(unittest.TestCase):
    """What each rule finds."""

    def setUp(self) -> None:
        self.books = Books()

    def finds(self, *rules: str) -> None:
        """At least these speak."""
        self.assertLessEqual(set(rules), self.books.rules())

    def test_books_that_are_right_differ_in_nothing(self) -> None:
        self.assertEqual(self.books.rules(), set())

    def test_money_that_is_in_no_table_is_found(self) -> None:
        self.books.payments.clear()
        self.finds("booked", "paid periods", "a paid order", "journal")

    def test_a_payment_that_is_booked_twice_is_found(self) -> None:
        self.books.payments.append({**self.books.payment, "paid_at": "2027-01-31T03:00:16Z#imps_1"})
        self.finds("booked once")

    def test_another_amount_or_time_in_the_books_is_found(self) -> None:
        self.books.payment["amount"] = 9800
        self.books.payment["paid_at_exact"] = "2027-01-31T03:00:14Z"
        self.finds("booked as it moved: amount", "booked as it moved: time")

    def test_a_registration_in_the_books_is_found(self) -> None:
        self.books.payments.append({**self.books.payment, "imp_uid": "imp_0", "merchant_uid": WINDOW})
        self.finds("a registration is no payment")

    def test_a_charge_without_an_order_is_found(self) -> None:
        self.books.records.append({**self.books.money, "imp_uid": "imps_2", "merchant_uid": f"pay-{RUN}-0-7"})
        self.finds("an order before each charge", "booked")

    def test_a_charge_of_more_than_its_order_is_found(self) -> None:
        self.books.money["amount"] = 10_000
        self.finds("price")

    def test_an_order_of_more_than_was_agreed_to_is_found(self) -> None:
        self.books.next_order["amount"] = 10_000
        self.finds("price")

    def test_a_period_that_is_paid_twice_and_kept_is_found_unless_it_is_owed_back(self) -> None:
        again = {"imp_uid": "imps_2", "merchant_uid": f"pay-{RUN}-0-1"}
        self.books.payments.append({**self.books.payment, **again})
        self.books.records.append({**self.books.money, **again})
        self.finds("once a period")
        self.books.member["refunds"] = [{**again, "amount": 9900, "refused_since": "2027-02-14T23:00:00Z"}]
        self.assertNotIn("once a period", self.books.rules())

    def test_what_moved_after_a_cancellation_and_is_kept_is_found(self) -> None:
        self.books.journal.append(self.books.told("cancel_requested", 1, "2027-01-31T03:00:00Z"))
        self.finds("after cancelling", "cancelled")

    def test_more_back_than_was_said_is_found_unless_it_was_given_at_the_console(self) -> None:
        self.books.journal.append(self.books.told("refund_due", 3, imp_uid="imps_1", amount=100))
        refund = {"amount": 200, "cancelled_at": 1_801_400_000, "reason": "고객 요청"}
        self.books.money.update(cancel_amount=200, cancel_history=[refund])
        self.books.payment["refunded"] = 200
        self.finds("parts")
        refund["reason"] = "관리자 취소"
        self.assertEqual(self.books.rules(), set())

    def test_what_was_to_go_back_and_did_not_is_found(self) -> None:
        self.books.journal.append(self.books.told("refund_due", 3, imp_uid="imps_1", amount=9900))
        self.finds("owed back")

    def test_another_card_than_the_orders_and_another_plan_are_found(self) -> None:
        self.books.money["customer_uid"] = f"card-{RUN}-3"
        self.books.payment["plan"] = "premium"
        self.finds("the order's card", "plan")

    def test_a_dead_card_that_is_charged_again_is_found_unless_it_is_the_providers_trouble(self) -> None:
        first = f"pay-{RUN}-0-1"
        self.books.paid_order["merchant_uid"] = self.books.payment["merchant_uid"] = first
        self.books.money["merchant_uid"] = first
        dead = {"state": "declined", "decline": {"class": "hard"}}
        self.books.more_orders.append({**self.books.paid_order, "merchant_uid": PAID, "outcome": dead})
        self.assertEqual(self.books.rules(), {"a dead card"})
        self.books.journal.append(self.books.told("provider_trouble", 1, merchant_uid=PAID, held=True))
        self.assertEqual(self.books.rules(), set())

    def test_a_day_that_is_summed_up_wrongly_is_found(self) -> None:
        day = {"subscription": "figures", "record": "2027-01-31", "date": "2027-01-31", "subscribed": 0}
        self.books.figures = [
            {"subscription": "figures", "record": "counted", "until": "2027-02-01T00:00:00Z"},
            {**day, "paid": 1, "paid_amount": 9900},
        ]
        self.assertEqual(self.books.rules(), set())
        self.books.figures[1]["paid_amount"] = 9800
        self.finds("figures")

    def test_another_anchor_than_the_first_payments_date_is_found(self) -> None:
        self.books.member["anchor"] = "2027-01-01"
        self.finds("anchor", "paid through", "period's end", "a schedule's time")

    def test_days_that_were_given_and_are_not_on_the_row_are_found(self) -> None:
        self.books.journal.append(self.books.told("days_given", 3, days=3, total=3, until="2027-03-03"))
        self.finds("days")

    def test_a_member_who_agreed_to_nothing_and_is_charged_is_found(self) -> None:
        del self.books.member["consent"]
        self.finds("consent")

    def test_two_schedules_and_one_that_nobody_knows_are_found(self) -> None:
        self.books.schedules.append({**self.books.schedule, "merchant_uid": f"pay-{RUN}-1-5"})
        self.finds("one schedule", "a schedule nobody knows")

    def test_a_schedule_that_is_gone_or_at_another_price_or_time_is_found(self) -> None:
        self.books.schedule["amount"] = 9000
        self.books.schedule["schedule_at"] += 60
        self.finds("a schedule's price", "a schedule's time")
        self.books.schedules.clear()
        self.finds("a schedule stands")

    def test_a_schedule_of_who_left_is_found(self) -> None:
        self.books.member["cancellation"] = {"requested_at": "2027-02-01T00:00:00Z"}
        self.books.member["state"] = "cancelling"
        self.finds("no schedule")

    def test_who_goes_on_and_has_no_charge_is_found(self) -> None:
        self.books.member["charges"] = []
        self.finds("the next charge", "an open order")

    def test_a_key_that_nobody_needs_and_one_that_is_gone_are_found(self) -> None:
        self.books.keys = [f"card-{RUN}-1"]
        self.finds("a key that is needed")
        self.books.keys = [CARD]
        del self.books.member["card"]
        self.books.member["charges"] = []
        self.finds("a key nobody needs")

    def test_whoever_is_looked_at_too_late_is_found(self) -> None:
        self.books.member["due_at"] = "2127-01-01T00:00:00Z"
        self.finds("looked at")
        self.books.member["due_at"] = "2027-02-14T00:00:00Z"
        self.finds("looked at")

    def test_access_of_who_is_not_entitled_and_none_of_who_is_are_found(self) -> None:
        del self.books.account["claims"]["subscriber"]
        self.finds("access")

    def test_claims_of_others_that_are_gone_are_found(self) -> None:
        del self.books.account["claims"]["role"]
        self.finds("claims of others")

    def test_an_end_before_the_last_paid_day_is_over_is_found(self) -> None:
        self.books.member.update(ended_at="2027-02-28T14:00:00Z", state="ended")
        self.books.now = "2027-03-02T00:00:00Z"
        self.finds("access early")

    def test_access_long_after_the_last_paid_day_is_found(self) -> None:
        self.books.member.update(cancellation={"requested_at": "2027-02-01T00:00:00Z"}, state="cancelling")
        self.books.now = "2027-03-03T00:00:00Z"
        self.finds("access late")

    def test_an_account_that_is_gone_and_charged_is_found(self) -> None:
        self.books.account["disabled"] = True
        self.finds("an account that is gone")

    def test_what_is_left_of_who_was_erased_is_found(self) -> None:
        self.books.members.clear()
        self.finds("erased")

    def test_two_writes_of_one_version_and_hundreds_for_nothing_are_found(self) -> None:
        self.books.journal.append(self.books.told("card_changed", 2, "2027-02-01T00:00:00Z"))
        self.books.member["version"] = 9000
        self.finds("one write", "writes")


class Reading(unittest.TestCase):
    """What is read and counted."""

    def test_months_are_counted_from_the_anchor_and_clamped(self) -> None:
        first = date(2027, 1, 31)
        months = [str(korea.plus_months(first, number)) for number in (1, 2, 13)]
        self.assertEqual(months, ["2027-02-28", "2027-03-31", "2028-02-29"])

    def test_durations_are_read_in_both_spellings(self) -> None:
        for text, seconds in (("2m", 120), ("PT2M", 120), ("1h", 3600), ("0s", 0), ("P1D", 86_400)):
            self.assertEqual(korea.duration(text).total_seconds(), seconds, text)
        with self.assertRaises(ValueError):
            korea.duration("soon")

    def test_an_id_that_is_not_ours_is_none(self) -> None:
        for order in (f"pay-{RUN}-0", f"pay-{RUN.lower()}-0-0", "order-1", ""):
            self.assertIsNone(name_of(order), order)
        self.assertIsNotNone(name_of(PAID))

    def test_an_accounts_export_is_audited_like_a_history(self) -> None:
        line = Books().line()
        with tempfile.TemporaryDirectory() as folder:
            tables, iamport = Path(folder) / "tables.jsonl", Path(folder) / "iamport.jsonl"
            rows = [{"table": name, "item": item} for name, items in line["tables"].items() for item in items]
            tables.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
            there = [*line["iamport"]["payments"], *line["iamport"]["schedules"], {"customer_uid": CARD}]
            iamport.write_text("\n".join(map(json.dumps, there)), encoding="utf-8")
            self.assertEqual(differences(World(export.line(tables, iamport, line["now"], {}))), [])


if __name__ == "__main__":
    unittest.main()
