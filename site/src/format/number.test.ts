import { describe, expect, test } from "vitest";
import { signedPercent, duration, shortDuration, significant, usd, whole } from "./number.ts";

const plain = (text: string): string => text.replaceAll("\u00a0", " ");

describe("numbers as a reader sees them", () => {
  test.each([
    ["thousands are marked", whole(1384.4), "1,384"],
    ["about three digits", significant(14.94), "14.9"],
    ["whole from a hundred on", significant(1384.4), "1,384"],
    ["a carry drops a digit", significant(9.999), "10.0"],
    ["two decimals below ten", significant(0.204), "0.20"],
    ["two digits of the small", significant(0.00431), "0.0043"],
    ["nothing is 0", significant(0), "0"],
    ["milliseconds", duration(386.7), "387 ms"],
    ["parts of a millisecond", duration(0.42), "0.42 ms"],
    ["seconds from a thousand on", duration(1221), "1.22 s"],
    ["long seconds", duration(31_900), "31.9 s"],
    ["minutes", shortDuration(250), "4 min 10 s"],
    ["59.9 shortDuration over are a minute more", shortDuration(179.8), "3 min 0 s"],
    ["a gain", signedPercent(311.13), "+311.1 %"],
    ["a loss has a minus", signedPercent(-4.2), "−4.2 %"],
    ["a large gain", signedPercent(1397.12), "+1,397 %"],
    ["cents", usd(0.0781), "$0.078"],
  ])("%s", (_, text, expected) => expect(plain(text)).toBe(expected));
});
