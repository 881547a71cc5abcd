// A book as a file.

import { Alert, Button, Group, Input, Stack, Text, Title } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { api, type Book, type BookRequest } from "../api/client";
import { Refused } from "../session/sign-in-again";
import { useLanguage } from "../words/language";
import { type Fetched, nameOf, NO_PAGES, withPage } from "./books";
import { useGathering } from "./gathering";
import { type DayRange, problemOf, RangeFields } from "./range";

/** The longest range the API takes, in days: five years. */
const LONGEST = 1_827;
const BOOKS = ["payments", "refunds", "members", "journal"] as const;
const FORMATS = ["csv", "jsonl"] as const;
type Format = (typeof FORMATS)[number];

export function BookFile({ today }: { today: string }) {
  const { t } = useLanguage();
  const [range, setRange] = useState<DayRange>({ from: `${today.slice(0, 7)}-01`, to: today });
  const [book, setBook] = useState<Book>("payments");
  const [format, setFormat] = useState<Format>("csv");
  const name = nameOf(book, format, range.from, range.to);
  const all = (fetched: Fetched) => fetched.cursor === null;
  const { sum, busy, error, go, stop, forget } = useGathering(NO_PAGES, all, (fetched) => save(fetched, name));
  const problem = book === "members" ? null : problemOf(range, LONGEST);
  const days = book === "members" ? {} : range;
  const step = async (fetched: Fetched) => {
    const asked: BookRequest = { ...days, format, cursor: fetched.cursor ?? null };
    return withPage(fetched, await api.book(book, asked));
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (problem === null) go(step);
  };
  // What came belongs to what was asked for.
  const changing = <Value,>(set: (value: Value) => void) => (value: Value) => (forget(), set(value));
  return (
    <section className="panel" aria-label={t("books.file")}>
      <form onSubmit={submit} noValidate>
        <Stack>
          <Title order={2}>{t("books.file")}</Title>
          <Text>{t("books.lead")}</Text>
          <div className="asked">
            <Choice name="books.book" of={BOOKS} chosen={book} choose={changing(setBook)} />
            <Choice name="books.format" of={FORMATS} chosen={format} choose={changing(setFormat)} />
            {book === "members" ? null : <RangeFields range={range} change={changing(setRange)} />}
          </div>
          {problem ? (
            <Text size="sm" c="red" role="alert">
              {t(problem === "empty" ? "range.empty" : "range.long", { days: LONGEST })}
            </Text>
          ) : null}
          <Refused error={error} />
          <Came fetched={sum} name={name} busy={busy} />
          <Group>
            {all(sum) ? (
              <Button variant="default" onClick={() => save(sum, name)}>
                {t("books.again")}
              </Button>
            ) : (
              <Button type="submit" loading={busy} disabled={problem !== null}>
                {t(sum.cursor === undefined ? "books.go" : "books.goOn")}
              </Button>
            )}
            {busy ? (
              <Button variant="default" onClick={stop}>
                {t("books.stop")}
              </Button>
            ) : null}
          </Group>
        </Stack>
      </form>
    </section>
  );
}

function Came({ fetched, name, busy }: { fetched: Fetched; name: string; busy: boolean }) {
  const { t } = useLanguage();
  const lines = fetched.lines.toLocaleString("ko-KR");
  const is = fetched.cursor === null ? "books.done" : busy ? "books.soFar" : "books.paused";
  return (
    <div role="status">
      {busy || fetched.cursor !== undefined ? <Text size="sm">{t(is, { lines, name })}</Text> : null}
      {fetched.unreadable > 0 ? (
        <Alert color="yellow">{t("books.unreadable", { count: fetched.unreadable })}</Alert>
      ) : null}
    </div>
  );
}

function Choice<Value extends Book | Format>(props: {
  name: "books.book" | "books.format";
  of: readonly Value[];
  chosen: Value;
  choose: (value: Value) => void;
}) {
  const { t } = useLanguage();
  const id = props.name.replace(".", "-");
  const choose = (value: string) => {
    const chosen = props.of.find((one) => one === value);
    if (chosen) props.choose(chosen);
  };
  return (
    <Input.Wrapper id={id} label={t(props.name)}>
      <Input
        component="select"
        id={id}
        value={props.chosen}
        onChange={(event) => choose(event.currentTarget.value)}
      >
        {props.of.map((value) => (
          <option key={value} value={value}>
            {t(`books.${value}`)}
          </option>
        ))}
      </Input>
    </Input.Wrapper>
  );
}

/** Has the browser save it. */
function save({ parts }: Fetched, name: string) {
  const url = URL.createObjectURL(new Blob(parts, { type: "application/octet-stream" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  // The browser has begun to save it by then.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
