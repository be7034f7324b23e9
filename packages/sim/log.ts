/** What the endpoint really did for one request, in Unix ms by the monotonic clock. */
export interface RequestLog {
  /** The `id` of the answer's chunks. */
  id: string;
  /** How the prompt begins, which identifies a request whose prompt begins with a salt. */
  opening: string;
  /** When the request's headers had arrived. */
  receivedMs: number;
  promptTokens: number;
  /**
   * When each token was handed to the socket, one entry a token. It is empty for an answer that is not
   * streamed.
   */
  chunkWrittenMs: number[];
  /** When the answer ended or the client left. It is null while the answer is open. */
  doneMs: number | null;
  cancelled: boolean;
}

/** Its requests are in order of arrival. Refused requests are not in it. */
export type ChunkLog = RequestLog[];

/** So many take 100 MB at 128 tokens each. */
const MAX_REQUESTS = 100_000;

/** Keeps the newest requests, so that an endpoint that runs for days does not fill the memory. */
export function addTo(log: ChunkLog, entry: RequestLog): void {
  if (log.length >= MAX_REQUESTS) log.splice(0, MAX_REQUESTS / 10);
  log.push(entry);
}
