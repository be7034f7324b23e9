import { vi } from "vitest";

/** Runs a command of this process, and gives its exit code and what it printed. */
export async function printed(command: Promise<number>): Promise<{ code: number; out: string; err: string }> {
  const texts = { out: "", err: "" };
  const keep =
    (name: keyof typeof texts) =>
    (text: string | Uint8Array): boolean => {
      texts[name] += String(text);
      return true;
    };
  const out = vi.spyOn(process.stdout, "write").mockImplementation(keep("out"));
  const err = vi.spyOn(process.stderr, "write").mockImplementation(keep("err"));
  try {
    return { code: await command, ...texts };
  } finally {
    out.mockRestore();
    err.mockRestore();
  }
}
