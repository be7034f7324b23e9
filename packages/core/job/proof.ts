import type { Endpoint } from "./spec/spec.ts";

/** Where the owner of an endpoint may show a caller's token. */
export interface ProofPlaces {
  /** On a line of its own there. */
  url: string;
  /** In a TXT record of this name. It is null where a record proves nothing. */
  txt: string | null;
}

/**
 * A record shows whose the name is, and anybody may point a name at another's server. So it counts only where a
 * certificate of an authority that the caller did not bring shows that the server is the name's.
 */
export function proofPlaces({ url, tls }: Pick<Endpoint, "url" | "tls">): ProofPlaces {
  const { origin, protocol, hostname } = new URL(url);
  const isAddress = hostname.startsWith("[") || /^\d+(\.\d+){3}$/.test(hostname);
  const isCertified = protocol === "https:" && tls?.ca === undefined && !isAddress;
  return { url: `${origin}/.well-known/brimline`, txt: isCertified ? `_brimline.${hostname}` : null };
}

/** Both places in words, or why there is one. */
export const placesText = ({ url, txt }: ProofPlaces): string =>
  `on a line of its own at ${url}${txt === null ? " (a TXT record counts only for an https URL with a name and a certificate that a public authority signed)" : `, or in a TXT record of ${txt}`}`;
