import { join } from "node:path";
import { awsService } from "../aws.ts";
import { builtRenderer } from "../renderer.ts";
import { PublishInput, publishTask } from "../tasks/publish.ts";
import { setting } from "./setting.ts";
import { taskHandler } from "./task-handler.ts";

const service = awsService();
/** The site's renderer. It was built before the deploy and lies beside the function's code. */
const RENDERER = join(setting("LAMBDA_TASK_ROOT"), "site/dist/server/entry.mjs");

export const handler = taskHandler(PublishInput, (input) =>
  publishTask(service, input, () => builtRenderer(RENDERER)),
);
