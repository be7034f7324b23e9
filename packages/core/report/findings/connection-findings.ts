import { DIALECTS } from "../../dialect/dialects.ts";
import { listed, type Placed, refsOf } from "./placed.ts";
import type { Finding, Report } from "../schema.ts";
import { loadText, num } from "../text.ts";

/** What the endpoint's connections cost the load. */
export const connectionFindings = (measured: Placed[], { job }: Pick<Report, "job">): Finding[] => [
  ...heldOpen(measured, DIALECTS[job.endpoint.api].words.end),
  ...resent(measured),
];

/** One answer, or a smaller share of all, may end late by chance. */
const HELD_SHARE = 0.01;

/** `end` is what ends a stream. */
function heldOpen(measured: Placed[], end: string): Finding[] {
  const held = measured.filter(
    ({ level: { requests } }) => requests.heldOpen > Math.max(1, HELD_SHARE * requests.ok),
  );
  if (held.length === 0) return [];
  const each = held.map(({ level: { requests, load, closeLagMs } }) => {
    const { value, reasons } = closeLagMs.p50;
    const atLeast = reasons.includes("censored") ? "at least " : "";
    const lag = value === null ? "" : `, by ${atLeast}${num(value)} ms in the median`;
    return `${requests.heldOpen} of ${requests.ok} answers at ${loadText(load)}${lag}`;
  });
  const sentence = `The endpoint holds connections open after ${end}: ${each.join("; ")}. Users went on at ${end}, so no figure waits for it, but each such answer costs a connection more. A client that reads to the end of the answer waits for it. Let the server end the answer after ${end}: look at what its handler, its middleware or the proxy before it still does then.`;
  return [
    {
      code: "held_open",
      severity: "warn",
      sentence,
      refs: [...refsOf(held, "closeLagMs/p50"), ...refsOf(held, "requests/heldOpen")],
    },
  ];
}

function resent(measured: Placed[]): Finding[] {
  const again = measured.filter(({ level }) => level.requests.resent > 0);
  if (again.length === 0) return [];
  const each = again.map(
    ({ level: { requests, load } }) => `${requests.resent} of ${requests.sent} at ${loadText(load)}`,
  );
  const sentence = `The endpoint closed idle connections while requests were on their way, and these were sent again on a new one: ${listed(each)}. Their TTFT counts from the first write, as a user would wait. Let the server, and a proxy before it, keep idle connections for longer than users pause (uvicorn: --timeout-keep-alive, gunicorn: --keep-alive, nginx: keepalive_timeout).`;
  return [{ code: "resent", severity: "warn", sentence, refs: refsOf(again, "requests") }];
}
