// What the page says to somebody of whom too many cards were declined: that it is so, and from when on it goes again.

import { MantineProvider } from "@mantine/core";
import { cleanup, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Problem } from "../src/api/problem";
import { ProblemNote } from "../src/shell/answers";
import { LanguageProvider } from "../src/words/language";
import { time } from "../src/words/format";

const UNTIL = "2026-02-01T06:30:00Z";
const PROBLEM = new Problem({
  type: "/problems/too-many-declined",
  title: "Too many cards were declined",
  status: 429,
  detail: "카드 등록이 잠시 제한되었습니다.",
  again_at: UNTIL,
});

beforeEach(() => {
  window.matchMedia ??= vi.fn().mockReturnValue({ matches: false, addEventListener() {}, removeEventListener() {} });
});
afterEach(cleanup);

test("whoever has to wait for another card is told why and until when", () => {
  render(
    <MantineProvider>
      <LanguageProvider>
        <ProblemNote error={PROBLEM} />
      </LanguageProvider>
    </MantineProvider>,
  );
  const said = screen.getByRole("alert").textContent ?? "";
  expect(said).toContain("제한되었습니다");
  expect(said).toContain(`${time(UNTIL, "ko")}부터 다시 시도`);
});
