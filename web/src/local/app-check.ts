// Only on one machine: App Check's tokens come from the stand-in for Google, which gives them to anybody.

import { CustomProvider } from "@firebase/app-check";

const HOUR_MS = 3_600_000;

export function standIn(simulatorUrl: string): CustomProvider {
  return new CustomProvider({
    getToken: async () => {
      const answer = await fetch(`${simulatorUrl}/simulator/app-check`, { method: "POST", body: "{}" });
      if (!answer.ok) throw new Error(`App Check's stand-in answered ${answer.status}`);
      const { token } = (await answer.json()) as { token: string };
      return { token, expireTimeMillis: Date.now() + HOUR_MS };
    },
  });
}
