import { indexEntry } from "@brimline/core/report/entry";
import { serialise } from "@brimline/core/report/serialise";
import { keys } from "@brimline/store/keys";
import { diskStore } from "@brimline/store/disk";
import { createGuard } from "@brimline/load/guard/guard";
import { idKeyOf } from "@brimline/functions/api/id";
import { createSealer } from "@brimline/functions/sealer";
import { publishTask } from "@brimline/functions/tasks/publish";
import { loadRenderer } from "@brimline/functions/renderer";
import { setRow, writeShelves } from "@brimline/functions/tasks/shelve";
import { write } from "@brimline/functions/tasks/site-files";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fixtureEntries } from "../site/entries.ts";
import { fixtures } from "../site/reports.ts";
import { acceptJob } from "./home.ts";

/**
 * A process that publishes reports into a site that has `reports` already: `node publish-program.ts <reports> <times>`.
 * It prints as JSON what each took, the part of its lists apart (rows, pages and files of them), in ms of the clock and
 * of the CPU, and the most memory that it held.
 */
const [reports = 10, times = 10] = process.argv.slice(2).map(Number);
const folder = await mkdtemp(join(tmpdir(), "brimline-publish-"));
const masterKey = Buffer.alloc(32, 1);
const service = {
  data: diskStore(join(folder, "data")),
  site: diskStore(join(folder, "site")),
  guard: createGuard({ profile: "local" }),
  sealer: createSealer(masterKey),
  idKey: idKeyOf(masterKey),
  config: {
    platform: "local" as const,
    publicUrl: "http://127.0.0.1:4870",
    generator: "brimline",
    region: null,
    defaultVisibility: "public" as const,
    adminKeySha256: null,
    caps: { openJobs: 100, users: 1000, level: null, bodyBytes: 1 },
    progressEveryMs: 1000,
    controlEveryMs: 1000,
  },
  now: () => Date.now(),
};

interface Took {
  ms: number;
  cpuMs: number;
}

async function timed(act: () => Promise<unknown>): Promise<Took> {
  const [startMs, cpu] = [performance.now(), process.cpuUsage()];
  await act();
  const { user, system } = process.cpuUsage(cpu);
  return { ms: performance.now() - startMs, cpuMs: (user + system) / 1000 };
}

async function published(nth: number): Promise<Took> {
  const id = `report${nth}`.padEnd(20, "0");
  const createdAt = new Date(Date.UTC(2026, 11, 1) + nth * 60_000).toISOString();
  await acceptJob(service, id, { visibility: "public" }, createdAt);
  await service.data.create(keys.report(id), serialise({ ...fixtures.sweep, id, createdAt }));
  return timed(() => publishTask(service, { jobId: id }));
}

async function listed(nth: number): Promise<Took> {
  const createdAt = new Date(Date.UTC(2026, 11, 1) + nth * 60_000 + 1).toISOString();
  const row = { ...indexEntry(fixtures.sweep), id: `row${nth}`.padEnd(20, "0"), createdAt };
  const renderer = await loadRenderer();
  return timed(async () => {
    const changed = await setRow(service, row, row);
    if (changed === null) throw new Error("no list changed");
    const files = await renderer.renderLists(changed, service.config.publicUrl);
    await write(service, files, (file) => file);
  });
}

try {
  const { board } = indexEntry(fixtures.sweep);
  await writeShelves(
    service.data,
    fixtureEntries(reports).map((entry) => ({ ...entry, board })),
  );
  await published(0);
  const whole: Took[] = [];
  const lists: Took[] = [];
  for (let nth = 1; nth <= times; nth++) {
    whole.push(await published(nth));
    lists.push(await listed(nth));
  }
  const mostMiB = process.resourceUsage().maxRSS / 1024;
  process.stdout.write(JSON.stringify({ reports, whole, lists, mostMiB }));
} finally {
  await rm(folder, { recursive: true, force: true });
}
