import load from "../packages/load/package.json";
import site from "../site/package.json";

/** What all functions run on. */
export const ARCHITECTURE = "arm64" as const;

/**
 * Packages with binaries, which no bundler can pack. SST installs them beside a function, for its architecture and
 * whatever machine deploys, but without our package-lock.json, so each is given its exact version. koffi itself is in
 * the bundle and only its binary is installed: koffi has a script, which would try to compile it on the deploying
 * machine.
 */
export const NATIVE = {
  Shard: { [`@koromix/koffi-linux-${ARCHITECTURE}`]: load.optionalDependencies.koffi },
  Publish: { "@resvg/resvg-js": site.dependencies["@resvg/resvg-js"] },
};
