import { homedir } from "node:os";
import { join } from "node:path";

/** What is built or installed lies outside the tree, in $BRIMLINE_BENCH or ~/.cache/brimline-bench. */
export const BENCH = process.env["BRIMLINE_BENCH"] ?? join(homedir(), ".cache/brimline-bench");
