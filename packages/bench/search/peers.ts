import { type Endpoint, MAX_USERS, requestsPerS } from "./endpoints.ts";

/** What a way to the boundary takes. */
export interface Taken {
  requests: number;
  seconds: number;
}

/** From one level's end to the next one's start, s. */
const BETWEEN_S = 0.6;

const NOTHING: Taken = { requests: 0, seconds: 0 };
const summed = (levels: Taken[]): Taken =>
  levels.reduce(
    (sum, { requests, seconds }) => ({
      requests: sum.requests + requests,
      seconds: sum.seconds + seconds + BETWEEN_S,
    }),
    NOTHING,
  );

const latencyS = (endpoint: Endpoint, users: number): number => users / requestsPerS(endpoint, users);

/** A level that lasts as a named level of a job does: 24 latencies of one user, or as long as 80 requests take. */
function usualLevel(endpoint: Endpoint, users: number): Taken {
  const aloneS = latencyS(endpoint, 1);
  const longS = Math.min(Math.max(24 * aloneS, (80 * aloneS) / users, 30), 180);
  const perS = requestsPerS(endpoint, users);
  return { requests: (aloneS + longS) * perS, seconds: aloneS + longS + latencyS(endpoint, users) };
}

const countedLevel =
  (requests: number) =>
  (endpoint: Endpoint, users: number): Taken => ({
    requests,
    seconds: requests / requestsPerS(endpoint, users) + latencyS(endpoint, users),
  });

/** 1, 2, 4 … up to the first load beyond the boundary, which it knows only to a factor of two. */
export function doublingSweep(endpoint: Endpoint, boundary: number): Taken {
  return summed(probes(boundary).map((users) => usualLevel(endpoint, users)));
}

function probes(boundary: number): number[] {
  const users = [1];
  for (let next = 2; (users.at(-1) ?? 0) <= boundary && next <= MAX_USERS; next *= 2) users.push(next);
  return users;
}

/** The search is over when the loads around the boundary are so close. */
const PRECISION = 0.05;

/**
 * As AIPerf's `monotonic` search does it (its docs/sweeping/find-max-passing-concurrency.md): the load doubles up to the
 * first that misses, then the bracket is halved until it is 5 % wide. Each probe has so many requests: 1,000 unless it
 * is told otherwise, and 300 are its coarse setting. Here no probe is ever wrong.
 */
export function bisection(endpoint: Endpoint, boundary: number, requests: number): Taken {
  const loads = probes(boundary);
  const last = loads.at(-1) ?? 1;
  let [low, high] = last > boundary ? [last / 2, last] : [last, last];
  while (high - low > Math.max(1, PRECISION * high)) {
    const middle = Math.floor((low + high) / 2);
    loads.push(middle);
    if (middle <= boundary) low = middle;
    else high = middle;
  }
  return summed(loads.map((users) => countedLevel(requests)(endpoint, users)));
}
