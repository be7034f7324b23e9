/**
 * The thread that a shard measures itself against is a program of its own, so it is bundled beside the
 * handler.
 */
export async function bundleCertificateServer(folder: string): Promise<void> {
  const { build } = await import("esbuild");
  await build({
    entryPoints: ["packages/load/certificate/certificate-server.ts"],
    absWorkingDir: $cli.paths.root,
    outfile: `${folder}/functions/aws/certificate-server.mjs`,
    bundle: true,
    platform: "node",
    format: "esm",
  });
}
