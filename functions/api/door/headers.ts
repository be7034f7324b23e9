import type { secureHeaders } from "hono/secure-headers";

type Headers = NonNullable<Parameters<typeof secureHeaders>[0]>;

/**
 * The headers of every answer. Scripts are files of ours, and pages may not load from, send to or be framed by another
 * site. infra/edge.ts sends the same policy on AWS.
 */
export const SECURE_HEADERS: Headers = {
  contentSecurityPolicy: {
    defaultSrc: ["'none'"],
    scriptSrc: ["'self'"],
    connectSrc: ["'self'"],
    styleSrc: ["'self'", "'unsafe-inline'"],
    imgSrc: ["'self'", "data:"],
    fontSrc: ["'self'"],
    baseUri: ["'none'"],
    formAction: ["'self'"],
    frameAncestors: ["'none'"],
  },
  xFrameOptions: "DENY",
  // Only the proxy that ends TLS knows whether its host is reachable over HTTPS alone.
  strictTransportSecurity: false,
};
