import { expect, test } from "vitest";
import type { Delivery } from "./client.ts";
import { deliveriesText } from "./commands/deliveries.ts";

const delivery = (more: Partial<Delivery>): Delivery => ({
  sequence: 2,
  type: "job.completed",
  tries: 1,
  at: "2026-11-30T08:00:07.000Z",
  outcome: "delivered",
  status: 204,
  detail: null,
  nextAt: null,
  ...more,
});

test("a row for each try, and what was said of one that was not taken, within 60 columns", () => {
  const detail = "the receiver answered 500: the disk of this machine is full, and nobody looks";
  const tries = [
    delivery({ outcome: "failed", status: 500, detail, nextAt: "2026-11-30T08:00:12.000Z" }),
    delivery({ tries: 2 }),
  ];
  const lines = deliveriesText(tries, 60).trimEnd().split("\n");
  expect(lines).toEqual([
    "  event  type           try  at (UTC)          outcome",
    "  2      job.completed  1    2026-11-30 08:00  failed",
    "      the receiver answered 500: the disk of this machine is",
    "      full, and nobody looks; the next try is at 2026-11-30",
    "      08:00",
    "  2      job.completed  2    2026-11-30 08:00  delivered",
  ]);
});

test("a job without deliveries says so", () => {
  expect(deliveriesText([], 80)).toContain("no webhook, or no event for it yet");
});
