import assert from "node:assert/strict";
import { test } from "node:test";
import { addOneMonth, day } from "../dates.mjs";
import { addDays, naiveNext } from "../kinds.mjs";

const noon = (date) => new Date(`${date}T12:00:00+09:00`);

test("a month after the 31st is counted on into the month after the next", () => {
  assert.equal(day(addOneMonth(noon("2027-10-31"))), "2027-12-01");
  assert.equal(day(addOneMonth(noon("2027-01-31"))), "2027-03-03");
  assert.equal(day(addOneMonth(noon("2028-01-30"))), "2028-03-01");
  assert.equal(day(addOneMonth(noon("2027-12-31"))), "2028-01-31");
});

test("a month later it is the same time of day in Korea", () => {
  assert.equal(addOneMonth(new Date("2027-11-19T23:00:00Z")).toISOString(), "2027-12-19T23:00:00.000Z");
});

test("a day is Korea's, also where it is the day before in UTC", () => {
  assert.equal(day(new Date("2027-11-19T23:00:00Z")), "2027-11-20");
});

test("the people's calendar counts as the server does, on each day of four years", () => {
  for (let date = "2027-01-01"; date < "2031-01-01"; date = addDays(date, 1)) {
    assert.equal(naiveNext(date), day(addOneMonth(noon(date))), date);
  }
});
