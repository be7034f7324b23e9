import { keys } from "@brimline/store/keys";
import type { Context } from "hono";
import { createHmac, hkdfSync, timingSafeEqual } from "node:crypto";
import { ManifestObject } from "../../objects/manifest.ts";
import { readObject } from "../../objects/object.ts";
import type { Service } from "../../service.ts";
import { findJob, jobOfPath } from "./job-view.ts";
import { idParam } from "../door/param.ts";
import { RequestError } from "../door/problem.ts";
import { type Download, type Downloads, LinkQuery } from "../openapi/schemas.ts";

/** How long a link works. A file of 200 MB on a slow line has begun by then. */
const LINK_S = 900;

/**
 * `GET /v1/jobs/{id}/downloads` lists what the job's report was made of and is too large to look at: raw records,
 * samples and telemetry, with their hashes, and a link for each that works without a key for some minutes.
 */
export const listDownloads =
  (service: Service) =>
  async (c: Context): Promise<Response> => {
    // A public report shows its figures. What it was made of is for the job's own caller, and whoever gets a link.
    const { id } = (await jobOfPath(service, c, "change")).spec;
    const expiresMs = service.now() + 1000 * LINK_S;
    const files = await Promise.all(
      (await filesOf(service, id)).map(async ({ key, ...file }): Promise<Download> => {
        const { presignGet } = service.data;
        const url =
          presignGet === null
            ? ownLink(service, { id, file: file.file, expiresS: Math.floor(expiresMs / 1000) })
            : await presignGet(key, { file: file.file, expiresS: LINK_S });
        return { ...file, url };
      }),
    );
    const expiresAt = new Date(1000 * Math.floor(expiresMs / 1000)).toISOString();
    return c.json({ files, expiresAt } satisfies Downloads, 200, { "cache-control": "no-store" });
  };

/**
 * `GET /v1/downloads/{id}/{file}` answers a file to whoever has its link, where the store has no links of its own. It
 * needs no key, so the link says until when it works and is signed.
 */
export const readDownload =
  (service: Service) =>
  async (c: Context): Promise<Response> => {
    const id = idParam(c);
    const file = c.req.param("file") ?? "";
    const { expires, signature } = LinkQuery.parse(c.req.query());
    const signed = Buffer.from(signatureOf(service, { id, file, expiresS: expires }));
    const given = Buffer.from(signature);
    const isOurs = signed.length === given.length && timingSafeEqual(signed, given);
    if (!isOurs || service.now() >= 1000 * expires)
      throw new RequestError(
        "forbidden",
        `The link has expired or was changed. GET /v1/jobs/${id}/downloads gives new ones.`,
      );
    // Who gave the link away may have deleted the job since.
    if ((await findJob(service, id)) === null) throw new RequestError("deleted", "The job was deleted.");
    const found = (await filesOf(service, id)).find((each) => each.file === file);
    const object = found === undefined ? null : await service.data.get(found.key);
    if (object === null) throw new RequestError("not_found", "The file has expired. The job's report stays.");
    return c.body(new Uint8Array(object.body), 200, {
      "content-type": object.contentType ?? "application/octet-stream",
      "content-disposition": `attachment; filename="${file}"`,
      "cache-control": "private, no-store",
    });
  };

type InputFile = Omit<Download, "url"> & { key: string };

/** The files among the inputs of the job's report, by its manifest. It throws RequestError `no_report` without one. */
async function filesOf(service: Service, id: string): Promise<InputFile[]> {
  const manifest = await readObject(service.data, keys.manifest(id), ManifestObject);
  if (manifest === null)
    throw new RequestError("no_report", "The job has no report, so no files belong to it (yet).");
  return manifest.inputs.flatMap(({ key, sha256, bytes }): InputFile[] => {
    const named = nameOf(key);
    return named === null ? [] : [{ ...named, bytes, sha256, key }];
  });
}

/** What a key is called here, without what the job's id tells already. It is null for what is no file. */
function nameOf(key: string): Pick<Download, "file" | "kind"> | null {
  const [, level, run, attempt, name = ""] = /^raw\/[^/]+\/([^/]+)\/(r\d+)\/(a\d+)\/([^/]+)$/.exec(key) ?? [];
  if (name.endsWith(".parquet")) return { file: [level, run, attempt, name].join("-"), kind: "records" };
  if (name.endsWith(".ndjson.gz")) return { file: [level, run, attempt, name].join("-"), kind: "server" };
  const [, writer, segment] = /^telemetry\/([^/]+)\/(?:\d+\/)*([^/]+)$/.exec(key) ?? [];
  return writer === undefined ? null : { file: `${writer}-${segment}`, kind: "telemetry" };
}

interface Link {
  id: string;
  file: string;
  expiresS: number;
}

function ownLink(service: Service, link: Link): string {
  const query = new URLSearchParams({
    expires: String(link.expiresS),
    signature: signatureOf(service, link),
  });
  return `${service.config.publicUrl}/v1/downloads/${link.id}/${link.file}?${query.toString()}`;
}

/** HMAC-SHA256 of all that a link says, with a key that signs nothing else. */
function signatureOf({ idKey }: Service, { id, file, expiresS }: Link): string {
  const key = Buffer.from(hkdfSync("sha256", idKey, "", "brimline downloads", 32));
  return createHmac("sha256", key).update(`${id}\0${file}\0${expiresS}`).digest("base64url");
}
