/** What differs between places the app runs at: `/config.json`, which whoever serves the app puts beside it. */
export interface Config {
  firebase: {
    apiKey: string;
    projectId: string;
    /** The Auth emulator's address; only on one machine. */
    authEmulatorUrl?: string | null;
  };
  iamport: {
    /** Where Iamport's SDK is. */
    script: string;
    /** The merchant's code, `imp` and eight digits. */
    merchantCode: string;
  };
  /** Only on one machine: whose clock can be moved. */
  local?: { simulatorUrl: string } | null;
}

let loaded: Config | undefined;

export async function loadConfig(): Promise<Config> {
  const answer = await fetch("/config.json", { cache: "no-store" });
  if (!answer.ok) throw new Error(`/config.json: ${answer.status}`);
  loaded = (await answer.json()) as Config;
  return loaded;
}

/** The configuration; it is loaded before anything is shown. */
export function config(): Config {
  if (!loaded) throw new Error("the configuration is not loaded yet");
  return loaded;
}
