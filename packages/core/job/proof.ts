/** Where the owner of an endpoint may show a caller's token. */
export interface ProofPlaces {
  /** On a line of its own there. */
  url: string;
  /** In a TXT record of this name. It is null for an address, which has no name. */
  txt: string | null;
}

export function proofPlaces(endpointUrl: string): ProofPlaces {
  const { origin, hostname } = new URL(endpointUrl);
  const isAddress = hostname.startsWith("[") || /^\d+(\.\d+){3}$/.test(hostname);
  return { url: `${origin}/.well-known/brimline`, txt: isAddress ? null : `_brimline.${hostname}` };
}

/** Both places in words. */
export const placesText = ({ url, txt }: ProofPlaces): string =>
  `on a line of its own at ${url}${txt === null ? "" : `, or in a TXT record of ${txt}`}`;
