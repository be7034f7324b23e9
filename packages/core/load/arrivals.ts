import { z } from "zod";
import { constant } from "./constant.ts";
import { gamma } from "./gamma.ts";
import { poisson } from "./poisson.ts";

/** Every arrival pattern by the name that a job gives it. */
export const ARRIVALS = { poisson, constant, gamma };
export const ArrivalName = z.enum(Object.keys(ARRIVALS) as (keyof typeof ARRIVALS)[]);
export type ArrivalName = z.infer<typeof ArrivalName>;

/** The own fields of all patterns that have any. */
export const ASKED = { ...gamma.asked };
export const KEPT = { ...gamma.kept };
