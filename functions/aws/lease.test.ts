import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { keys } from "@brimline/store/keys";
import { afterAll, expect, test } from "vitest";
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
