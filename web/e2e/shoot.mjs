// Takes a picture of a page for the README.

import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";

const folder = fileURLToPath(new URL("../../docs/screenshots/", import.meta.url));
mkdirSync(folder, { recursive: true });

export async function shoot(page, name) {
  await page.evaluate(() => window.scrollTo(0, 0));
  if (!page.url().includes("/v1/window")) await page.getByText(/시뮬레이션 시각.*년/).waitFor();
  // What lies over a page is as high as the window.
  const over = page.locator("iframe, [role=dialog]");
  const fullPage = (await over.count()) === 0;
  await page.screenshot({ path: `${folder}${name}.png`, fullPage, animations: "disabled" });
  console.log(`docs/screenshots/${name}.png`);
}
