import { testbed } from "@brimline/testkit/functions/testbed";
import { expect, test } from "vitest";
import { z } from "zod";
import { objectToChange, readObject } from "./object.ts";

const Counted = z.object({ count: z.int() });

test("of two who change what they read, whether or not there was anything, the first writes and the second hears of it", async () => {
  const { data } = (await testbed()).service;
  for (const before of [null, { count: 1 }]) {
    const first = await objectToChange(data, "counted.json", Counted);
    const second = await objectToChange(data, "counted.json", Counted);
    expect([first.before, second.before]).toEqual([before, before]);
    const count = (before?.count ?? 0) + 1;
    expect(await first.write({ count })).toBe(true);
    expect(await second.write({ count: 100 })).toBe(false);
    expect(await readObject(data, "counted.json", Counted)).toEqual({ count });
  }
});
