import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { COLOURS, inLight } from "./palette.ts";

const css = readFileSync(join(import.meta.dirname, "../styles/base.css"), "utf8");
const [light = "", dark = ""] = css.split("@media (prefers-color-scheme: dark)");
const valueIn = (part: string, name: string): string | undefined =>
  new RegExp(`--${name}: (#\\w+);`).exec(part)?.[1];

test.each(Object.entries(COLOURS))("%s is the same colour in charts and in pages", (name, colours) => {
  expect([valueIn(light, name), valueIn(dark, name)]).toEqual([...colours]);
});

test("a file has colours, not variables", () =>
  expect(inLight('fill="var(--blue)" stroke="var(--paper)"')).toBe('fill="#1f5fbf" stroke="#fcfbf9"'));
