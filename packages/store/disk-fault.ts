import { BrimlineError } from "@brimline/core/error";

const FULL = new Set(["ENOSPC", "EDQUOT"]);
const SHUT = new Set(["EROFS", "EACCES", "EPERM"]);

/**
 * Words a file system's error so that it names the folder and the fix. Any other error is returned as it is.
 */
export function storeError(error: unknown, folder: string): unknown {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  if (FULL.has(code))
    return new BrimlineError("disk_full", `the disk that holds ${folder} is full: free some space`, {
      cause: error,
    });
  if (SHUT.has(code))
    return new BrimlineError(
      "internal",
      `${folder} cannot be written (${code}): make it writable or name another folder`,
      { cause: error },
    );
  if (code === "ENOTDIR")
    return new BrimlineError(
      "internal",
      `${folder} is not a folder or lies inside a file: name another folder`,
      { cause: error },
    );
  return error;
}
