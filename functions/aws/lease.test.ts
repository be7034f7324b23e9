import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { keys } from "@brimline/store/keys";
import { afterAll, expect, test } from "vitest";
import { putObject } from "../objects/object.ts";
import { specOf } from "../objects/spec.ts";
import { openService } from "../local/home.ts";
import { acceptJob, homeOf } from "@brimline/testkit/functions/home";
import { nextOfEachHost, takeLease } from "./lease.ts";

const dataDir = await mkdtemp(join(tmpdir(), "brimline-lease-"));
afterAll(() => rm(dataDir, { recursive: true }));

test("the holder of a host's lease is next, or the oldest job when its holder has ended", async () => {
  const service = await openService(homeOf(dataDir));
  const JOBS = { one: ["one-1", "one-2"], two: ["two-1", "two-2", "two-3"], three: ["three-1", "three-2"] };
  for (const [host, ids] of Object.entries(JOBS)) {
    for (const id of ids)
      await acceptJob(service, id, { endpoint: { url: `https://${host}.example.com/v1`, model: "m" } });
  }
  const open = await Promise.all(
    ["two-1", "one-1", "two-2", "three-2", "two-3", "one-2"].map((id) => specOf(service, id)),
  );
  expect(await takeLease(service, "two-2")).toBe(true);
  expect(await takeLease(service, "three-1")).toBe(true);
  await service.data.remove(keys.open("three-1"));
  expect((await nextOfEachHost(service, open)).map(({ id }) => id)).toEqual(["two-2", "one-1", "three-2"]);
});

test("a host has one job at a time, whoever's, at whatever port", async () => {
  const service = await openService(homeOf(dataDir));
  const urls = [
    "http://llm.example.com:8000/v1",
    "https://llm.example.com/v1",
    "http://other.example.com/v1",
  ];
  for (const [n, url] of urls.entries()) {
    await acceptJob(service, `trial-${n}`, { endpoint: { url, model: "m" }, levels: [8] });
    const stored = await specOf(service, `trial-${n}`);
    await putObject(service.data, keys.spec(stored.id), { ...stored, caller: `caller-${n}` });
  }
  const take = (n: number): Promise<boolean> => takeLease(service, `trial-${n}`);
  expect([await take(0), await take(1), await take(2)]).toEqual([true, false, true]);
  await service.data.remove(keys.open("trial-0"));
  expect(await take(1)).toBe(true);
});
