import { printed } from "@brimline/testkit/cli/printed";
import { endedJob } from "@brimline/testkit/functions/listed";
import { served } from "@brimline/testkit/functions/served";
import { JOB, testbed } from "@brimline/testkit/functions/testbed";
import { expect, test } from "vitest";
import { run as edit } from "./commands/edit.ts";
import { run as remove } from "./commands/delete.ts";

const flagsOf = (server: string) => ({ server, data: "/nowhere", keyEnv: "BRIMLINE_KEY" });

test("edit changes what it is told, and says how the job is listed now", async () => {
  const bed = await testbed();
  const flags = { ...flagsOf(await served(bed)), tags: true };
  const id = await endedJob(bed, { name: "Before", tags: ["a"] });
  expect(await printed(edit(id, { ...flags, name: "After", tag: ["b", "c"] }))).toEqual({
    code: 0,
    out: `${id}: After; tags b, c; public\n`,
    err: "",
  });
  expect((await printed(edit(id, { ...flags, tags: false, visibility: "private" }))).out).toBe(
    `${id}: After; no tags; private\n`,
  );
  await expect(edit(id, flags)).rejects.toThrow(/--name, --tag, --no-tags or --visibility/);
});

test("delete deletes each job that it can, and says why it could not delete the others", async () => {
  const bed = await testbed();
  const flags = flagsOf(await served(bed));
  const id = await endedJob(bed);
  const open = String((await bed.send("POST", "/v1/jobs", JOB)).json?.["id"]);
  const ran = await printed(remove([open, id, id], flags));
  expect([ran.code, ran.out]).toEqual([1, `${id}: deleted\n`]);
  expect(ran.err).toContain(`${open}: The job has not ended: The job is queued. Cancel it`);
  expect(ran.err).toContain(`${id}: The job was deleted`);
});
