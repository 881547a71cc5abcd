// An admin at the desk's first page, whose clicks are counted: what is typed goes where the focus is.

import assert from "node:assert/strict";
import { ADMIN, at, newPage, signIn } from "./world.mjs";

export async function openDesk(who = ADMIN, options = {}) {
  const page = await newPage(options);
  await signIn(page, who);
  await page.goto(at("/app/admin"));
  await page.getByLabel("찾을 내용").waitFor();
  let clicks = 0;
  const click = async (locator) => {
    clicks += 1;
    await locator.click();
  };
  const press = (name) => click(page.getByRole("button", { name, exact: true }));
  const type = (text) => page.keyboard.insertText(text);
  return {
    page,
    click,
    press,
    type,
    dialog: page.getByRole("dialog"),
    journal: page.getByRole("region", { name: "이력" }).getByRole("listitem"),
    member: page.getByRole("region", { name: /^[A-Za-z0-9]{20,}$/ }),
    /** Looks for something, and waits for the one member who is found. */
    async find(what, { uid }) {
      await click(page.getByLabel("찾을 내용"));
      await type(what);
      await page.keyboard.press("Enter");
      await page.getByRole("heading", { level: 2, name: uid }).waitFor();
    },
    /** Opens the dialog of an act. */
    async choose(act) {
      await press("처리");
      await press(act);
      await page.getByRole("dialog").waitFor();
      await page.getByRole("dialog").locator("input:focus").waitFor();
    },
    /** Confirms in the dialog, and waits until it is gone. */
    async confirm(name) {
      await click(page.getByRole("dialog").getByRole("button", { name, exact: true }));
      await page.getByRole("dialog").waitFor({ state: "hidden" });
    },
    took: (count) => assert.equal(clicks, count, "clicks from the desk's first page"),
  };
}
