import { due } from "@brimline/testkit/arrival";
import { expect, test } from "vitest";

test("constant arrivals come every 1 / rate s, the first at T0", () =>
  expect(due({ rate: 4, arrival: "constant" }, 1000)).toEqual([0, 250, 500, 750]));
