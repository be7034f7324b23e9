/** List prices of one region, USD, without free tiers, taxes and discounts. */
export const PRICED = { region: "eu-central-1", at: "2026-11-28" };

export interface Price {
  usd: number;
  per: string;
  source: string;
  /** How far it was verified: `page`: as AWS's page or price list is quoted; `elsewhere`: that of us-east-1; `unverified`: from memory. */
  verified: "page" | "elsewhere" | "unverified";
}

const LAMBDA = "https://aws.amazon.com/lambda/pricing/";
const S3 = "https://aws.amazon.com/s3/pricing/";
const CLOUDFRONT = "https://aws.amazon.com/cloudfront/pricing/";

/** `usd` is for one: a request, a GB-second, a GB. */
export const PRICES = {
  lambdaGbS: { usd: 0.000_013_333_4, per: "GB-second, Arm", source: LAMBDA, verified: "elsewhere" },
  lambdaRequest: { usd: 0.2 / 1e6, per: "invocation", source: LAMBDA, verified: "elsewhere" },
  lambdaStorageGbS: {
    usd: 0.000_000_030_9,
    per: "GB-second of /tmp above 512 MB",
    source: LAMBDA,
    verified: "elsewhere",
  },
  durableOperation: { usd: 8 / 1e6, per: "durable operation", source: LAMBDA, verified: "elsewhere" },
  durableWrittenGb: {
    usd: 0.25,
    per: "GB written by durable functions",
    source: LAMBDA,
    verified: "elsewhere",
  },
  durableKeptGbMonth: {
    usd: 0.15,
    per: "GB-month kept by durable functions",
    source: LAMBDA,
    verified: "elsewhere",
  },
  s3ClassA: { usd: 5.4 / 1e6, per: "PUT or LIST", source: S3, verified: "page" },
  s3ClassB: { usd: 0.43 / 1e6, per: "GET or HEAD", source: S3, verified: "page" },
  s3GbMonth: { usd: 0.0245, per: "GB-month, S3 Standard", source: S3, verified: "page" },
  edgeRequest: {
    usd: 1.2 / 1e6,
    per: "HTTPS request at CloudFront, Europe",
    source: CLOUDFRONT,
    verified: "page",
  },
  edgeFunction: {
    usd: 0.1 / 1e6,
    per: "call of a CloudFront function",
    source: CLOUDFRONT,
    verified: "page",
  },
  edgeOutGb: { usd: 0.085, per: "GB from CloudFront, Europe", source: CLOUDFRONT, verified: "page" },
  outGb: {
    usd: 0.09,
    per: "GB from Lambda to the internet",
    source: "https://aws.amazon.com/ec2/pricing/on-demand/",
    verified: "unverified",
  },
  logGb: {
    usd: 0.63,
    per: "GB of logs taken in",
    source: "https://aws.amazon.com/cloudwatch/pricing/",
    verified: "page",
  },
  timer: {
    usd: 1 / 1e6,
    per: "call of the scheduler",
    source: "https://aws.amazon.com/eventbridge/pricing/",
    verified: "unverified",
  },
} satisfies Record<string, Price>;

export type PriceName = keyof typeof PRICES;
