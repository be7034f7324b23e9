/** List prices in USD of eu-central-1 on 2026-11-28, without free tiers, taxes and discounts. */

export interface Price {
  /** The price of one request, one GB-second or one GB. */
  usd: number;
  per: string;
  source: string;
  /**
   * How far it was verified: `page` is a quote of AWS's page or price list, `elsewhere` is the price of
   * us-east-1, and `unverified` comes from memory.
   */
  verified: "page" | "elsewhere" | "unverified";
}

const from = (source: string, verified: Price["verified"], usd: number, per: string): Price => ({
  usd,
  per,
  source: `https://aws.amazon.com/${source}/pricing/`,
  verified,
});

export const PRICES = {
  lambdaGbS: from("lambda", "elsewhere", 0.000_013_333_4, "GB-second, Arm"),
  lambdaCall: from("lambda", "elsewhere", 0.2 / 1e6, "call of a function"),
  lambdaStorageGbS: from("lambda", "elsewhere", 0.000_000_030_9, "GB-second of /tmp above 512 MB"),
  durableOperation: from("lambda", "elsewhere", 8 / 1e6, "durable operation"),
  durableWrittenGb: from("lambda", "elsewhere", 0.25, "GB written by durable functions"),
  durableKeptGbMonth: from("lambda", "elsewhere", 0.15, "GB-month kept by durable functions"),
  s3ClassA: from("s3", "page", 5.4 / 1e6, "PUT or LIST"),
  s3ClassB: from("s3", "page", 0.43 / 1e6, "GET or HEAD"),
  s3GbMonth: from("s3", "page", 0.0245, "GB-month, S3 Standard"),
  edgeRequest: from("cloudfront", "page", 1.2 / 1e6, "HTTPS request at CloudFront, Europe"),
  edgeFunction: from("cloudfront", "page", 0.1 / 1e6, "call of a CloudFront function"),
  outGb: from("ec2", "unverified", 0.09, "GB from Lambda to the internet"),
  logGb: from("cloudwatch", "page", 0.63, "GB of logs taken in"),
  timer: from("eventbridge", "unverified", 1 / 1e6, "call of the scheduler"),
} satisfies Record<string, Price>;
