// A problem (RFC 9457) as the API tells it, and the one kind that the app adds: the server was not reached.

import { adviceFor } from "../words/advice";
import type { Translate } from "../words/language";
import type { Language } from "../words/strings";
import type { components } from "./schema";

type Told = components["schemas"]["Problem"];

/** What the API tells, or what is made of an answer that is no problem document. */
export type ProblemBody = Omit<Told, "type"> & { type: Told["type"] | "about:blank" };

/** The names of the API's problems, such as `declined`. */
export type ProblemKind = Told["type"] extends `/problems/${infer Kind}` ? Kind : never;

export class Problem extends Error {
  override readonly name = "Problem";
  readonly body: ProblemBody | null;

  constructor(body: ProblemBody | null) {
    super(body?.title ?? "The server was not reached");
    this.body = body;
  }

  /** Whether the same request may succeed by itself later: nobody answered, or something did not. */
  get passes(): boolean {
    return this.body === null || this.body.status >= 500;
  }

  is(kind: ProblemKind): boolean {
    return this.body?.type === `/problems/${kind}`;
  }
}

/** The problem in an answer; one that is no problem document counts as trouble at the server. */
export function problemOf(error: unknown, status: number): Problem {
  const isDocument = typeof error === "object" && error !== null && "type" in error && "detail" in error;
  if (isDocument) return new Problem(error as ProblemBody);
  return new Problem({
    type: "about:blank",
    title: `The server answered ${status}`,
    status,
    detail: "일시적인 오류입니다. 잠시 후 다시 시도해 주세요.",
  });
}

/** What to show of any error. The API's details are Korean; its titles say the same in English, shorter: what to do
 *  about a decline is said beside it. */
export function explain(error: unknown, language: Language, t: Translate): string {
  if (!(error instanceof Problem) || error.body === null) return t("app.offline");
  if (language === "ko") return error.body.detail;
  const advice = adviceFor({ decline: error.body.decline, again: false }, language, t);
  return advice ?? `${error.body.title}.`;
}
