// Every word the app says, in Korean with English beside it. What the API says (a problem's `detail`, a
// plan's name, a card's name) is Korean and comes from there; partners.ts and advice.ts have it in English.
//
// The words stand in the files beside this one: app.ts (`app`, `business`, `paper`, `nav`, `sign`, `local`), checkout.ts
// (`subscribe`, `verify`, `window`, `progress`), member.ts (`me`, `review`, `due`, `price`, `cancel`, `leave`, `card`, `expiry`, `payments`), admin.ts (`admin`, `find`, `lists`, `matter`,
// `reviews`, `member`, `refund`, `forecast`, `orders`, `range`, `brake`, `figures`, `reconcile`) and kinds.ts (`why`, `action`,
// `record`, `usage`, `journal`, `act`, `account`, `advice`, `decline`, `finding`). What the two papers say is beside their page.

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
