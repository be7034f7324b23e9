import { z } from "zod";
import { awsService } from "../aws.ts";
import { deliver } from "../tasks/notify.ts";
import { masterKeySetting } from "./setting.ts";
import { taskHandler } from "./task-handler.ts";

const service = awsService({ masterKey: masterKeySetting() });
const Input = z.object({ jobId: z.string(), sequence: z.int(), redeliver: z.boolean().default(false) });

export const handler = taskHandler(Input, (input) => deliver(service, input));
