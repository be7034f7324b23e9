import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { BENCH } from "../cache.ts";

/**
 * The files of a private authority, and of a TLS certificate for 127.0.0.1 that it has signed, with its key.
 */
export interface TlsCertificate {
  ca: string;
  cert: string;
  key: string;
}

const DAYS = 3650;
const EC_KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", String(DAYS)];

/** It is made on first use. It is null where there is no `openssl` 3 that makes it. */
export async function tlsCertificate(): Promise<TlsCertificate | null> {
  const folder = join(BENCH, "certificate");
  const files = { ca: join(folder, "ca.pem"), cert: join(folder, "cert.pem"), key: join(folder, "key.pem") };
  if (existsSync(files.cert)) return files;
  const caKey = join(folder, "ca-key.pem");
  const openssl = (...args: string[]): Promise<unknown> =>
    promisify(execFile)("openssl", ["req", "-x509", ...EC_KEY, ...args]);
  try {
    await mkdir(folder, { recursive: true });
    await openssl("-subj", "/CN=Truth authority", "-keyout", caKey, "-out", files.ca);
    const extensions = [
      "-addext",
      "subjectAltName=IP:127.0.0.1",
      "-addext",
      "basicConstraints=critical,CA:FALSE",
    ];
    await openssl(
      "-CA",
      files.ca,
      "-CAkey",
      caKey,
      "-subj",
      "/CN=truth",
      ...extensions,
      "-keyout",
      files.key,
      "-out",
      files.cert,
    );
    return files;
  } catch {
    return null;
  }
}
