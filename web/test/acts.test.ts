import { describe, expect, it } from "vitest";
import { newQueryClient } from "../src/session/queries";

const FILES = import.meta.glob<string>("../src/**/*.{ts,tsx}", {
  query: "?raw",
  import: "default",
  eager: true,
});

describe("acts", () => {
  it("are never kept until the network is back", () => {
    expect(newQueryClient().getDefaultOptions().mutations).toEqual({ retry: false, networkMode: "always" });
  });

  it("all go the one way that sends once and asks afterwards what is true", () => {
    const own = Object.keys(FILES).filter((name) => FILES[name]?.includes("useMutation"));
    expect(own).toEqual(["../src/api/act.ts"]);
  });

  it("of dialogs are asked in the one that cannot be closed meanwhile", () => {
    const own = Object.keys(FILES).filter((name) => FILES[name]?.includes("<Modal"));
    expect(own).toEqual(["../src/shell/dialog.tsx"]);
  });
});
