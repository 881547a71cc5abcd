/** Who runs the site, as the law has it named on its pages (docs/law.md). */
export interface Business {
  /** 상호. */
  name: string;
  /** 대표자. */
  representative: string;
  /** 사업자등록번호. */
  registration: string;
  /** 통신판매업 신고번호. */
  mailOrder: string;
  address: string;
  phone: string;
  email: string;
  /** When the telephone is answered. */
  hours?: string;
  /** 호스팅서비스 제공자. */
  hosting?: string;
  /** 개인정보 보호책임자; the representative, where nobody is named. */
  privacyOfficer?: string;
}

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
  /** How the app shows the API that it is one of ours, where the API asks for that (`APP_CHECK`). */
  appCheck?: {
    /** The web app's id at Firebase. */
    appId: string;
    /** The key of reCAPTCHA Enterprise for this site; public. */
    siteKey: string;
  } | null;
  /** Who runs the site. Without it the pages name nobody, which in Korea they may not. */
  business?: Business | null;
  /** Where the site's own terms are, if not the app's. */
  termsUrl?: string | null;
  /** Where the site's own privacy notice is, if not the app's. */
  privacyUrl?: string | null;
  /** How many days after something came before a person its member is promised an answer; none is promised without. */
  reviewDays?: number | null;
  /** The plans' names in English, by the API's names for them. */
  planNames?: Record<string, string> | null;
  /** The desk's origin, if it has one of its own. */
  deskUrl?: string | null;
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

/** Which pages an origin has. A desk with an origin of its own is there alone, and nowhere else. */
export function pagesAt(origin: string, { deskUrl }: Pick<Config, "deskUrl">): { members: boolean; desk: boolean } {
  return { members: origin !== deskUrl, desk: !deskUrl || origin === deskUrl };
}

/** Which pages are here. */
export function pagesHere() {
  return pagesAt(window.location.origin, config());
}

/** The configuration; it is loaded before anything is shown. */
export function config(): Config {
  if (!loaded) throw new Error("the configuration is not loaded yet");
  return loaded;
}
