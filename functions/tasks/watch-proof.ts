import type { EndpointSecrets } from "@brimline/core/job/spec/endpoint-secrets";
import { isProofGone, type ResolveTxt } from "@brimline/load/preflight/ownership";
import type { SpecObject } from "../objects/spec.ts";
import { needsProof, ownershipToken } from "../objects/ownership.ts";
import type { Service } from "../service.ts";

/** With the second look and the longest answers the load ends within a minute. */
const LOOK_EVERY_MS = 20_000;
/** One place may be changed while it is read, so a second look decides. */
const AGAIN_MS = 2000;

interface Watched extends Pick<SpecObject, "caller" | "spec"> {
  secrets: EndpointSecrets;
}

/**
 * Watches, until `signal` ends it, whether the endpoint of a job that needs proof still shows it, and calls `stop` when
 * it says for sure that it does not: its owner took the token away to end the load. It asks once every 20 s, without
 * the endpoint's key.
 */
export function watchProof(
  service: Pick<Service, "guard" | "idKey">,
  { caller, spec, secrets }: Watched,
  signal: AbortSignal,
  stop: () => void,
  { resolveTxt, everyMs = LOOK_EVERY_MS }: { resolveTxt?: ResolveTxt; everyMs?: number } = {},
): void {
  if (!needsProof(caller, spec)) return;
  const options = {
    spec,
    secrets,
    guard: service.guard,
    token: ownershipToken(service, caller),
    signal,
    ...(resolveTxt !== undefined && { resolveTxt }),
  };
  let timer: NodeJS.Timeout;
  const look = async (isSecond: boolean): Promise<void> => {
    const isGone = await isProofGone(options);
    if (signal.aborted) return;
    if (isGone && isSecond) return stop();
    later(isGone, isGone ? Math.min(AGAIN_MS, everyMs) : everyMs);
  };
  const later = (isSecond: boolean, ms: number): void => {
    timer = setTimeout(() => void look(isSecond), ms);
  };
  signal.addEventListener("abort", () => clearTimeout(timer));
  void look(false);
}
