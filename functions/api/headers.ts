import type { secureHeaders } from "hono/secure-headers";

/** Pages hold no script, and nothing on them may load from, send to or be framed by another site. */
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
  // Whether a host speaks only HTTPS is for the proxy to say that ends TLS.
  strictTransportSecurity: false,
};
