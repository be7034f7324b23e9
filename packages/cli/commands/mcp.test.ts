import { expect, test } from "vitest";
import { endpointKeys } from "./mcp.ts";

const ENVIRONMENT = { KEY: "sk-1" };

test.each([
  ["api.example.com", "https://api.example.com/v1", true],
  ["api.example.com:443", "https://api.example.com/v1", true],
  ["api.example.com", "http://api.example.com/v1", false],
  ["api.example.com", "https://api.example.com:8443/v1", false],
  ["api.example.com", "https://api.example.com.evil.example/v1", false],
  ["127.0.0.1:8000", "http://127.0.0.1:8000/v1", true],
  ["[::1]:8000", "http://[::1]:8000/v1", true],
])("a key for %s and the endpoint %s: %s", (host, url, isSent) =>
  expect(endpointKeys([`${host}=KEY`], ENVIRONMENT)(new URL(url))).toBe(isSent ? "sk-1" : undefined),
);

test.each(["sk-live-4711", "api.example.com=sk-live-4711", "api.example.com=sk_live_4711"])(
  "who gives %s is told what to give, and a key is not repeated",
  (given) => {
    const refused = (): unknown => endpointKeys([given], ENVIRONMENT);
    expect(refused).toThrow(/takes host=NAME/);
    expect(refused).not.toThrow(/4711/);
  },
);
