import fc from "fast-check";
import { expect, test } from "vitest";
import { lastRecords } from "./tls-records.ts";

const record = (bytes: number): Buffer => {
  const whole = Buffer.alloc(5 + bytes, 0x17);
  whole.writeUInt16BE(bytes, 3);
  return whole;
};

test("the record that ends with a read begins where it says, however records are torn", () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(fc.nat({ max: 20 }), fc.nat({ max: 16_640 })), { minLength: 1, maxLength: 12 }),
      fc.array(fc.nat({ max: 100_000 }), { maxLength: 12 }),
      (sizes, cuts) => {
        const stream = Buffer.concat(sizes.map(record));
        const starts = sizes.map((_, nth) => sizes.slice(0, nth).reduce((sum, size) => sum + size + 5, 0));
        const ends = [...starts.slice(1), stream.length];
        const tears = [...new Set([...cuts.map((cut) => cut % stream.length), stream.length])].toSorted(
          (a, b) => a - b,
        );
        const lastRecord = lastRecords();
        let from = 0;
        for (const to of tears) {
          const ended = ends.indexOf(to);
          const expected = ended === -1 ? to - from : Math.max(0, (starts[ended] ?? 0) - from);
          expect(lastRecord(stream.subarray(from, to), to - from)).toBe(expected);
          from = to;
        }
      },
    ),
  );
});
