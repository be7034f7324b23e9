/**
 * How long a resting agent waits before it asks its service again. A service that lets agents rest must wait
 * at least this long after it decides to begin load, so that an agent that its job names is fast again by
 * then.
 */
export const REST_POLL_MS = 10_000;
