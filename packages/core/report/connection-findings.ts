import { type Placed, refsOf } from "./placed.ts";
import type { Finding } from "./schema.ts";
import { loadText } from "./text.ts";

/** What the endpoint's connections cost the load. */
export const connectionFindings = (measured: Placed[]): Finding[] => [...resent(measured)];

function resent(measured: Placed[]): Finding[] {
  const again = measured.filter(({ level }) => level.requests.resent > 0);
  if (again.length === 0) return [];
  const each = again.map(
    ({ level: { requests, load } }) => `${requests.resent} of ${requests.sent} at ${loadText(load)}`,
  );
  const sentence = `The endpoint closed idle connections while requests were on their way, and these were sent again on a new one: ${each.join(", ")}. Their TTFT counts from the first write, as a user would wait. Let the server, and a proxy before it, keep idle connections for longer than users pause (uvicorn: --timeout-keep-alive, gunicorn: --keep-alive, nginx: keepalive_timeout).`;
  return [{ code: "resent", severity: "warn", sentence, refs: refsOf(again, "requests") }];
}
