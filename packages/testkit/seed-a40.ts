/**
 * The printed output of a benchmark script that ran against an 8B model on an NVIDIA A40 at 10, 50 and 100
 * users. The script did not stream, so its TTFT is its latency, and it fitted its saturation to unrounded
 * values. This is a fixture for tests and is never shown on a page.
 */
export const SEED_A40 = {
  gpu: "NVIDIA A40",
  peakTflops: 149.7,
  params: 8e9,
  levels: [
    {
      users: 10,
      requests: 50,
      durationS: 31.9,
      e2eAvgMs: 4783.7,
      ttftP95Ms: 5975.1,
      outputTokensPerS: 184.1,
      mfuPercent: 1.97,
      powerW: 242.3,
      tokensPerJ: 0.76,
    },
    {
      users: 50,
      requests: 250,
      durationS: 37.1,
      e2eAvgMs: 5922.9,
      ttftP95Ms: 6835.6,
      outputTokensPerS: 756.9,
      mfuPercent: 8.09,
      powerW: 250.4,
      tokensPerJ: 3.02,
    },
    {
      users: 100,
      requests: 500,
      durationS: 40.1,
      e2eAvgMs: 6281.2,
      ttftP95Ms: 7321.3,
      outputTokensPerS: 1457.8,
      mfuPercent: 15.58,
      powerW: 257,
      tokensPerJ: 5.67,
    },
  ],
} as const;
