import type { FieldError } from "@brimline/core/job/spec/issues";
import type { Endpoint } from "@brimline/core/job/spec/spec";
import { createPrivateKey, type KeyObject } from "node:crypto";
import { createSecureContext } from "node:tls";
import { certificatesIn } from "../../pem.ts";

/** What is wrong with the PEM texts of an endpoint. Nothing of them is quoted. */
export function tlsErrors({ tls }: Endpoint): FieldError[] {
  if (tls === undefined) return [];
  const error = (field: string, detail: string): FieldError[] => [
    { pointer: `/endpoint/tls${field}`, detail },
  ];
  const { ca, cert, key } = tls;
  const errors = [
    ...(ca === undefined ? [] : certificateErrors(ca).flatMap((detail) => error("/ca", detail))),
    ...(cert === undefined ? [] : certificateErrors(cert).flatMap((detail) => error("/cert", detail))),
    ...(cert !== undefined && key === undefined ? error("/key", "is required beside cert") : []),
    ...(cert === undefined && key !== undefined ? error("/cert", "is required beside key") : []),
    ...(key === undefined ? [] : keyErrors(key).flatMap((detail) => error("/key", detail))),
  ];
  if (errors.length > 0) return errors;
  if (cert !== undefined && key !== undefined && !isPair(cert, key))
    return error("/key", "is not the key of cert, whose first certificate must be the client's own");
  try {
    createSecureContext(tls);
    return [];
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? ` (${String(cause.code)})` : "";
    return error("", `cannot be used for TLS${code}: give certificates and a key of today's strength`);
  }
}

function certificateErrors(pem: string): string[] {
  // Only the key is sealed.
  if (pem.includes("PRIVATE KEY")) return ["has a private key in it: give that in key alone"];
  try {
    if (certificatesIn(pem).length > 0) return [];
  } catch {
    return ["has a certificate that cannot be read: give it in PEM as its authority issued it"];
  }
  return ["must be PEM, which begins with -----BEGIN CERTIFICATE-----"];
}

function keyErrors(pem: string): string[] {
  if (/BEGIN ENCRYPTED|Proc-Type: 4,ENCRYPTED/.test(pem))
    return ["has a passphrase: give it without, as `openssl pkey -in key.pem -out plain.pem` writes it"];
  return privateKeyIn(pem) === null ? ["must be a private key in PEM"] : [];
}

function privateKeyIn(pem: string): KeyObject | null {
  try {
    return createPrivateKey(pem);
  } catch {
    return null;
  }
}

function isPair(cert: string, key: string): boolean {
  const privateKey = privateKeyIn(key);
  return privateKey !== null && certificatesIn(cert)[0]?.checkPrivateKey(privateKey) === true;
}
