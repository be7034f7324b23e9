import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const OPENSSL = "openssl";
const EC_KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"];

/** TLS certificates are made by `openssl`, which not every machine has. */
export const hasOpenssl = spawnSync(OPENSSL, ["version"]).status === 0;

interface Pair {
  key: Buffer;
  cert: Buffer;
}

/** A TLS certificate for a host name that nobody but its owner has signed, and its key, as PEM. */
export const selfSigned = (host: string): Pair => inFolder((folder) => made(folder, host, []));

/** An authority of one's own, and what it issues: a TLS certificate for each name, as PEM. */
export function ownAuthority<Name extends string>(
  ...names: Name[]
): { ca: Buffer; issued: Record<Name, Pair> } {
  return inFolder((folder) => {
    const { cert: ca } = made(folder, "authority", []);
    const [key, cert] = [join(folder, "authority.key"), join(folder, "authority.pem")];
    const issued = names.map((name) => [name, made(folder, name, ["-CA", cert, "-CAkey", key])]);
    return { ca, issued: Object.fromEntries(issued) as Record<Name, Pair> };
  });
}

function inFolder<T>(use: (folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), "brimline-tls-"));
  try {
    return use(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function made(folder: string, name: string, signer: string[]): Pair {
  const [key, cert] = [join(folder, `${name}.key`), join(folder, `${name}.pem`)];
  const subject = ["-subj", `/CN=${name}`, "-addext", `subjectAltName=DNS:${name}`];
  execFileSync(OPENSSL, ["req", "-x509", ...EC_KEY, ...subject, ...signer, "-keyout", key, "-out", cert], {
    stdio: "ignore",
  });
  return { key: readFileSync(key), cert: readFileSync(cert) };
}
