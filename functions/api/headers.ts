import type { secureHeaders } from "hono/secure-headers";

/**
 * The headers of every answer. Pages have no script, and they may not load from, send to or be framed by
 * another site.
 */
export const SECURE_HEADERS: NonNullable<Parameters<typeof secureHeaders>[0]> = {
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
