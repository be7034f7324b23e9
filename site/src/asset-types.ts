import { extname } from "node:path";

const TYPES: Record<string, string> = {
  ".css": "text/css; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".woff2": "font/woff2",
  ".svg": "image/svg+xml",
};

/** The type of an asset of the build by its name. It is null for a file that is none. */
export const typeOf = (name: string): string | null => TYPES[extname(name)] ?? null;
