// What the API's names mean, in words. A name that is not known here is shown as it is.

import type { Translate } from "../language";
import { type Key, STRINGS } from "../strings";

/** The words of a name, such as `state.past_due`. */
export function word(t: Translate, group: string, name: string, values?: Parameters<Translate>[1]): string {
  const key = `${group}.${name}`;
  return Object.hasOwn(STRINGS, key) ? t(key as Key, values) : name;
}
