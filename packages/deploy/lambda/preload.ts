import { registerHooks } from "node:module";

/** Loaded before aws-lambda-ric: puts native.ts in the place of its C++ addon. */
registerHooks({
  resolve: (specifier, context, next) =>
    specifier === "./rapid-client.node"
      ? { url: new URL("native.ts", import.meta.url).href, format: "module-typescript", shortCircuit: true }
      : next(specifier, context),
});
