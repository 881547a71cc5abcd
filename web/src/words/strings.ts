// Every word the app says, in Korean with English beside it. What the API says (a problem's `detail`, a
// plan's name, a card's name) is Korean and comes from there; partners.ts and advice.ts have it in English.
//
// The words stand in the files beside this one: app.ts (`app`, `business`, `paper`, `nav`, `sign`, `local`), checkout.ts
// (`subscribe`, `verify`, `window`, `progress`, `advice`), member.ts (`me`, `review`, `due`, `price`, `cancel`, `leave`, `card`, `expiry`,
// `payments`, `retry`, `free`), and, loaded with the admins' pages, admin.ts (`admin`, `find`, `lists`, `matter`, `reviews`, `member`, `refund`, `forecast`,
// `orders`, `range`, `brake`, `figures`, `reconcile`), books.ts (`books`, `close`), acts.ts (`desk`, `agree`, the rest of `refund`) and kinds.ts (`why`, `action`, `record`, `usage`, `journal`, `act`, `account`,
// `decline`, `finding`). What the two papers say is beside their page.

import type { ACTS } from "./acts";
import type { ADMIN } from "./admin";
import type { APP } from "./app";
import type { BOOKS } from "./books";
import type { CHECKOUT } from "./checkout";
import type { KINDS } from "./kinds";
import type { MEMBER } from "./member";

export type Language = "ko" | "en";

export type Words = Record<string, Record<Language, string>>;

export type Key = keyof typeof APP | keyof typeof CHECKOUT | keyof typeof MEMBER | keyof typeof ADMIN | keyof typeof ACTS | keyof typeof BOOKS | keyof typeof KINDS;
