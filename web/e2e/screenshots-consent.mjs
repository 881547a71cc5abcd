// The pictures of a price that rises.

import "./dearer.mjs";
import { clock, close, newPage, newSubscriber, openBrowser, signIn } from "./world.mjs";
import { shoot } from "./shoot.mjs";

await openBrowser();
try {
  const member = await newSubscriber();
  await clock({ advance_seconds: 2 * 86_400 });
  for (const phone of [false, true]) {
    const page = await newPage({ phone, deviceScaleFactor: phone ? 2 : 1 });
    await signIn(page, member);
    await page.getByRole("region", { name: "요금이 변경됩니다" }).waitFor();
    await shoot(page, `consent-${phone ? "phone" : "desktop"}`);
  }
} finally {
  await close();
}
