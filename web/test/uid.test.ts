import { expect, test } from "vitest";
import { uidFromPath, uidInPath } from "../src/api/uid";

test("a uid of Firebase's own making is written as it is", () => {
  expect(uidInPath("Zk3vQ0xLr8YtB1nM5pWdE7uHfJ92")).toBe("Zk3vQ0xLr8YtB1nM5pWdE7uHfJ92");
});

test("every uid is written in characters that no path changes, and is read back", () => {
  for (const uid of ["a/b", "a%41", "a?b#c", "..", "~41", "kim@example.com", "김민지", "\n", " ", "😀"]) {
    const written = uidInPath(uid);
    expect(written).toMatch(/^([0-9A-Za-z_-]|~[0-9A-F]{2})+$/);
    expect(encodeURIComponent(written)).toBe(written);
    expect(uidFromPath(written)).toBe(uid);
  }
  expect(uidInPath("kim@x")).toBe("kim~40x");
});

test("what is written otherwise does not break the page", () => {
  expect(uidFromPath("a~4")).toBe("a~4");
  expect(uidFromPath("~FF")).toBe("~FF");
  expect(uidFromPath("a%41")).toBe("a%41");
});
