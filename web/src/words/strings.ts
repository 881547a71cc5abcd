// Every word the app says, in Korean with English beside it. What the API says (a problem's `detail`, a
// plan's name, a card's name) is Korean and comes from there.
//
// The words stand in the files beside this one: app.ts (`app`, `nav`, `sign`, `local`), checkout.ts (`subscribe`,
// `verify`, `window`, `progress`), member.ts (`me`, `price`, `cancel`, `card`, `expiry`, `payments`), admin.ts (`admin`, `find`, `lists`, `matter`,
// `reviews`, `member`, `refund`, `forecast`, `orders`, `range`, `brake`, `figures`, `reconcile`) and kinds.ts (`why`, `action`,
// `record`, `usage`, `journal`, `act`, `account`, `decline`, `finding`).

import { ADMIN } from "./admin";
import { APP } from "./app";
import { CHECKOUT } from "./checkout";
import { KINDS } from "./kinds";
import { MEMBER } from "./member";

export type Language = "ko" | "en";

export const STRINGS = {
  ...APP,
  ...CHECKOUT,
  ...MEMBER,
  ...ADMIN,
  ...KINDS,
} as const satisfies Record<string, Record<Language, string>>;

export type Key = keyof typeof STRINGS;
