import { registerHooks } from "node:module";

/** It is loaded before aws-lambda-ric and puts native.ts in the place of its C++ addon. */
registerHooks({
  resolve: (specifier, context, next) =>
    specifier === "./rapid-client.node"
      ? { url: new URL("native.ts", import.meta.url).href, format: "module-typescript", shortCircuit: true }
      : next(specifier, context),
});
