// What this tab keeps for who is signed in; all of it is forgotten with the session.

const PREFIX = "gudok.";

export function keepInTab(key: string, text: string) {
  sessionStorage.setItem(PREFIX + key, text);
}

export function recallInTab(key: string): string | null {
  return sessionStorage.getItem(PREFIX + key);
}

export function forgetTab() {
  for (const key of Object.keys(sessionStorage)) {
    if (key.startsWith(PREFIX)) sessionStorage.removeItem(key);
  }
}
