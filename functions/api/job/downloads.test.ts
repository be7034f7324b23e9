import { sha256Hex } from "../../sha256.ts";
import { keys } from "@brimline/store/keys";
import { acceptJob } from "@brimline/testkit/functions/home";
import { NOW_MS, type Sent, type Testbed, testbed, typeOf } from "@brimline/testkit/functions/testbed";
import { describe, expect, test } from "vitest";

const ID = "a".repeat(20);
const FILES: Record<string, string> = {
  [`raw/${ID}/l01/r0/a1/shard-000.parquet`]: "PAR1",
  [`raw/${ID}/l01/r0/a1/server.ndjson.gz`]: "scrapes",
  [`telemetry/${"b".repeat(20)}/1764/49/1-2-gpu-x-00000001.ndjson.gz`]: "samples",
  [`raw/${ID}/l01/r0/a1/level.json`]: "{}",
  [`jobs/${ID}/spec.json`]: "",
};

/** A job whose report was made of these files. */
async function reported(): Promise<Testbed> {
  const bed = await testbed({ adminKeySha256: sha256Hex("key") });
  await acceptJob(bed.service, ID);
  for (const [key, body] of Object.entries(FILES))
    if (!key.endsWith("spec.json")) await bed.service.data.put(key, body);
  const inputs = Object.entries(FILES).map(([key, body]) => ({
    key,
    sha256: sha256Hex(body),
    bytes: body.length,
  }));
  const manifest = {
    schema: "brimline.manifest/1",
    job: ID,
    state: "completed",
    problem: null,
    finishedAt: "",
    generator: "",
    idle: null,
    inputs,
  };
  await bed.service.data.put(keys.manifest(ID), JSON.stringify(manifest));
  return bed;
}
const KEY = { authorization: "Bearer key" };
const list = ({ send }: Testbed): Promise<Sent> => send("GET", `/v1/jobs/${ID}/downloads`, undefined, KEY);
async function linkOf(bed: Testbed, nth: number): Promise<string> {
  const { files } = (await list(bed)).json as { files: { url: string }[] };
  const url = new URL(files[nth]?.url ?? "");
  return url.pathname + url.search;
}

describe("the downloads of a job", () => {
  test("are its raw records, scrapes and telemetry, with size, hash and a link", async () => {
    const { json } = await list(await reported());
    const link = (file: string): unknown =>
      expect.stringMatching(
        new RegExp(`^http://127.0.0.1:4870/v1/downloads/${ID}/${file}\\?expires=\\d+&signature=[\\w-]{43}$`),
      );
    const telemetry = `${"b".repeat(20)}-1-2-gpu-x-00000001.ndjson.gz`;
    expect(json).toEqual({
      files: [
        ["l01-r0-a1-shard-000.parquet", "records", "PAR1"],
        ["l01-r0-a1-server.ndjson.gz", "server", "scrapes"],
        [telemetry, "telemetry", "samples"],
      ].map(([file = "", kind, body = ""]) => ({
        file,
        kind,
        bytes: body.length,
        sha256: sha256Hex(body),
        url: link(file),
      })),
      expiresAt: new Date(NOW_MS + 900_000).toISOString(),
    });
  });

  test("come by their links without a key, as files", async () => {
    const bed = await reported();
    const sent = await bed.send("GET", await linkOf(bed, 0));
    expect([sent.status, sent.text, sent.headers.get("content-disposition")]).toEqual([
      200,
      "PAR1",
      'attachment; filename="l01-r0-a1-shard-000.parquet"',
    ]);
    expect((await bed.send("GET", await linkOf(bed, 2))).text).toBe("samples");
    expect((await bed.send("GET", `/v1/jobs/${ID}/downloads`)).status).toBe(401);
  });

  test("end with their links", async () => {
    const bed = await reported();
    const link = await linkOf(bed, 0);
    bed.service.now = () => NOW_MS + 899_000;
    expect((await bed.send("GET", link)).status).toBe(200);
    bed.service.now = () => NOW_MS + 900_000;
    expect(typeOf(await bed.send("GET", link))).toBe("forbidden");
  });

  test.each<[string, (link: string) => string]>([
    ["another file", (link) => link.replace("shard-000.parquet", "server.ndjson.gz")],
    ["a later end", (link) => link.replace(/expires=\d+/, "expires=9999999999")],
    [
      "another signature",
      (link) => link.replace(/signature=./, (start) => `signature=${start.endsWith("A") ? "B" : "A"}`),
    ],
  ])("by a link that was changed to %s are refused", async (_, change) => {
    const bed = await reported();
    const sent = await bed.send("GET", change(await linkOf(bed, 0)));
    expect([sent.status, typeOf(sent), sent.text.includes("PAR1")]).toEqual([403, "forbidden", false]);
  });

  test("are said to have expired where the store has removed them", async () => {
    const bed = await reported();
    const link = await linkOf(bed, 0);
    await bed.service.data.remove(`raw/${ID}/l01/r0/a1/shard-000.parquet`);
    expect((await bed.send("GET", link)).json).toMatchObject({
      status: 404,
      detail: expect.stringContaining("expired"),
    });
  });

  test("are none of a job without a report, nor of one that was deleted", async () => {
    const bed = await reported();
    const link = await linkOf(bed, 0);
    await acceptJob(bed.service, "c".repeat(20));
    expect(typeOf(await bed.send("GET", `/v1/jobs/${"c".repeat(20)}/downloads`, undefined, KEY))).toBe(
      "no_report",
    );
    const tombstone = { schema: "brimline.tombstone/1", createdAt: "", deletedAt: "" };
    await bed.service.data.put(keys.listing(ID), JSON.stringify(tombstone));
    expect([(await bed.send("GET", link)).status, (await list(bed)).status]).toEqual([410, 410]);
  });
});
