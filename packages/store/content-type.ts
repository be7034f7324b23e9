import { extname } from "node:path";

const CONTENT_TYPES: Record<string, string> = {
  ".html": "text/html; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".csv": "text/csv; charset=utf-8",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".woff": "font/woff",
  ".woff2": "font/woff2",
  ".txt": "text/plain; charset=utf-8",
  ".xml": "application/xml",
  ".parquet": "application/vnd.apache.parquet",
  ".gz": "application/gzip",
};

/** An object's content type by its key's ending. It is null where the ending does not tell. */
export const contentTypeOf = (key: string): string | null => CONTENT_TYPES[extname(key)] ?? null;
