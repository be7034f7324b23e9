import type { AstroIntegration } from "astro";

/** Makes the build a library. No server renders the pages; src/publish-entry.ts renders each on demand. */
export const publishAdapter = (): AstroIntegration => ({
  name: "brimline-publish",
  hooks: {
    "astro:route:setup": ({ route }) => {
      route.prerender = false;
    },
    "astro:config:done": ({ setAdapter }) =>
      setAdapter({
        name: "brimline-publish",
        entrypointResolution: "auto",
        serverEntrypoint: new URL("./src/publish-entry.ts", import.meta.url),
        supportedAstroFeatures: {
          staticOutput: "stable",
          hybridOutput: "stable",
          serverOutput: "stable",
          sharpImageService: "stable",
        },
      }),
  },
});
