/**
 * The cache-control of files that a newer template may replace, or that a reader may have to be refused one
 * day.
 */
export const ASK_ALWAYS = "no-cache";
/** The cache-control of assets, which are named by the hash of their content. */
export const FOR_EVER = "public, max-age=31536000, immutable";
