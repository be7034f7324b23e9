/**
 * The paths that the Router sends to the API, each with all below it. Every other path is a page or a file in the
 * site's bucket. This file needs nothing of SST, so a test compares it with the API's routes.
 */
export const API_PATHS = [
  "/v1",
  "/health",
  "/ready",
  "/metrics",
  "/mcp",
  "/api",

  "/openapi.json",
  "/problems",
  "/j",
  "/live.js",
];
