import { s3Location } from "@brimline/store/s3-location";
import { type Verified, verifyReport } from "../tasks/verify.ts";
import { openStores } from "./home.ts";

/** Verifies a report where its objects lie, in a data folder or a bucket. It needs no service, and writes nothing. */
export async function verifyStored(
  {
    data,
    store,
    storeEndpoint,
  }: { data: string; store?: string | undefined; storeEndpoint?: string | undefined },
  jobId: string,
): Promise<Verified | null> {
  const place = store === undefined ? undefined : s3Location(store, storeEndpoint);
  return verifyReport((await openStores(data, place)).data, jobId);
}
