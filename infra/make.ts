import { type FunctionName, type FunctionRow, FUNCTIONS } from "./functions";
import { ARCHITECTURE } from "./native";
import { onData } from "./permissions";

type Text = $util.Input<string>;
type Permission = { actions: string[]; resources: Text[] };

/** What all functions share. */
interface Shared {
  data: sst.aws.Bucket;
  masterKey: Text;
  environment: Record<string, Text>;
  /** The operator's network, for the functions that call the endpoint. It is null where there is none. */
  network: { privateSubnets: string[]; securityGroups: string[] } | null;
}

/** Gives what SST must know of a function: its row, what all functions share, and what is its own. */
export const functionsWith =
  ({ data, masterKey, environment, network }: Shared) =>
  (name: FunctionName, own: { may?: Permission[]; environment?: Record<string, Text> } = {}) => {
    const row: FunctionRow = FUNCTIONS[name];
    return {
      runtime: "nodejs24.x" as const,
      architecture: ARCHITECTURE,
      logging: { retention: "2 weeks" as const },
      handler: row.handler,
      memory: `${row.memoryMb} MB` as const,
      timeout: `${row.timeoutS} seconds` as const,
      ...(row.storageMb !== undefined && { storage: `${row.storageMb} MB` as const }),
      ...(row.callsEndpoint === true && network !== null && { vpc: network }),
      environment: {
        ...environment,
        ...own.environment,
        ...(row.hasMasterKey === true && { BRIMLINE_MASTER_KEY: masterKey }),
      },
      permissions: [...onData(data, row), ...(own.may ?? [])],
    };
  };
