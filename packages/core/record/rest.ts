/**
 * How long an agent that rests waits until it asks its service again. A service that lets agents rest must begin no load sooner after it
 * decides to, so that an agent that its job names is fast again before.
 */
export const REST_POLL_MS = 10_000;
