/** The bucket itself refuses to write an object a second time. */
const createOnly = (paths: string[]) => ({
  effect: "deny" as const,
  principals: "*" as const,
  actions: ["s3:PutObject"],
  paths,
  conditions: [{ test: "Null", variable: "s3:if-none-match", values: ["true"] }],
});

/** All objects of the jobs. */
export const dataBucket = (): sst.aws.Bucket =>
  new sst.aws.Bucket("Data", {
    cors: false,
    lifecycle: [
      { prefix: "progress/", expiresIn: "1 day" },
      { prefix: "raw/", expiresIn: "90 days" },
      { prefix: "telemetry/", expiresIn: "90 days" },
      { prefix: "deliveries/", expiresIn: "30 days" },
      { prefix: "receivers/", expiresIn: "30 days" },
    ],
    policy: [
      createOnly([
        "jobs/*/report.json",
        "jobs/*/influences.json",
        "jobs/*/manifest.json",
        "raw/*",
        "telemetry/*",
      ]),
    ],
  });

/** The pages, which only our own distribution may read. */
export const siteBucket = (router: sst.aws.Router): sst.aws.Bucket =>
  new sst.aws.Bucket("Site", {
    cors: false,
    policy: [
      {
        actions: ["s3:GetObject"],
        principals: [{ type: "service", identifiers: ["cloudfront.amazonaws.com"] }],
        conditions: [
          {
            test: "StringEquals",
            variable: "AWS:SourceArn",
            values: [router.nodes.cdn.apply((cdn) => cdn.nodes.distribution.arn)],
          },
        ],
      },
      createOnly(["r/*/report.json", "_astro/*"]),
    ],
  });
