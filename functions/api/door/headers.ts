import type { secureHeaders } from "hono/secure-headers";

type Headers = NonNullable<Parameters<typeof secureHeaders>[0]>;

/**
 * The headers of every answer. Pages have no script, and they may not load from, send to or be framed by
 * another site.
 */
export const SECURE_HEADERS: Headers & { contentSecurityPolicy: object } = {
  contentSecurityPolicy: {
    defaultSrc: ["'none'"],
    styleSrc: ["'self'", "'unsafe-inline'"],
    imgSrc: ["'self'", "data:"],
    fontSrc: ["'self'"],
    baseUri: ["'none'"],
    formAction: ["'none'"],
    frameAncestors: ["'none'"],
  },
  xFrameOptions: "DENY",
  // Only the proxy that ends TLS knows whether its host is reachable over HTTPS alone.
  strictTransportSecurity: false,
};

/** Those of the live page, which follows a job by a script of ours and asks our API alone. */
export const LIVE_HEADERS: Headers = {
  ...SECURE_HEADERS,
  contentSecurityPolicy: {
    ...SECURE_HEADERS.contentSecurityPolicy,
    scriptSrc: ["'self'"],
    connectSrc: ["'self'"],
  },
};
