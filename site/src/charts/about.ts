import { shortDay } from "../format/number.ts";

/** "NVIDIA A40, 25 Nov 2026, simulated", without what is not known. */
export const aboutText = (parts: (string | null)[], createdAt: string, isSimulated: boolean): string =>
  [...parts, shortDay(createdAt), isSimulated ? "simulated" : null]
    .filter((part) => part !== null)
    .join(", ");
