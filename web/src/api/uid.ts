// A member's uid in a path, as `openapi.json` describes it: letters, digits, `-` and `_` as they are, every other byte
// as `~` and two hexadecimal digits. What lies between may encode and decode a path as it likes; this stays the same.

const PLAIN = /[0-9A-Za-z_-]/;

export function uidInPath(uid: string): string {
  const bytes = new TextEncoder().encode(uid);
  return Array.from(bytes, (byte) => {
    const character = String.fromCharCode(byte);
    return PLAIN.test(character) ? character : `~${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }).join("");
}

/** The uid again; what is not written like this stays as it is, and names nobody. */
export function uidFromPath(written: string): string {
  try {
    return decodeURIComponent(written.replaceAll("%", "%25").replaceAll("~", "%"));
  } catch {
    return written;
  }
}
