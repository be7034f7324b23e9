/** A call takes no more arguments than this. It is a multiple of three, so that the texts can be joined. */
const ARGUMENTS_MAX = 30_000;

export function base64(bytes: Uint8Array): string {
  let text = "";
  for (let from = 0; from < bytes.length; from += ARGUMENTS_MAX)
    text += btoa(String.fromCharCode(...bytes.subarray(from, from + ARGUMENTS_MAX)));
  return text;
}

export const fromBase64 = (text: string): Uint8Array =>
  Uint8Array.from(atob(text), (byte) => byte.codePointAt(0) ?? 0);
