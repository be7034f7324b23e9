const KEY = /^(?!\.{1,2}(\/|$))[A-Za-z0-9._-]+(\/(?!\.{1,2}(\/|$))[A-Za-z0-9._-]+)*$/;

export const isKey = (text: string): boolean => KEY.test(text);

/**
 * Returns the key. It throws a TypeError for anything else, so that no text of a caller's ever climbs out of
 * the store.
 */
export function assertKey(key: string): string {
  if (!isKey(key)) throw new TypeError(`not an object key: ${JSON.stringify(key)}`);
  return key;
}
