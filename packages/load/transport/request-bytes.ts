import type { Ask } from "../request/request.ts";

const PATH = /^\/[\x21-\xff]*$/;
const NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/** The bytes of a request. It throws where a part could be read as more than itself. */
export function requestBytes(target: URL, { path, headers, body }: Ask): Buffer {
  if (!PATH.test(path)) throw new Error("the path has a character that is not allowed");
  let head = `${body === null ? "GET" : "POST"} ${path} HTTP/1.1\r\nhost: ${target.host}\r\nconnection: keep-alive\r\n`;
  for (const [name, value] of Object.entries(headers)) {
    if (!NAME.test(name) || !VALUE.test(value))
      throw new Error(`the header ${name} has a character that is not allowed`);
    head += `${name}: ${value}\r\n`;
  }
  if (body === null) return Buffer.from(`${head}\r\n`, "latin1");
  const bodyBytes = Buffer.byteLength(body);
  head += `content-length: ${bodyBytes}\r\n\r\n`;
  const request = Buffer.allocUnsafe(head.length + bodyBytes);
  request.write(head, 0, "latin1");
  request.write(body, head.length, "utf8");
  return request;
}
