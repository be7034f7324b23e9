const ENTITIES: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

/** What XML 1.0 does not take: https://www.w3.org/TR/xml/#charsets. Readers refuse a whole file with one of them. */
const NOT_XML = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu;

/** A text without the characters that XML has no place for. */
export const inXml = (text: string): string => text.replaceAll(NOT_XML, "");

/** A text from outside as text, or as the value of an attribute in double quotes, of HTML, SVG and other XML. */
export const escapeText = (text: string): string =>
  inXml(text).replaceAll(/[&<>"]/g, (sign) => ENTITIES[sign] ?? "");
