/** The most that a GPU can do. What is unknown is null. */
export interface GpuFacts {
  id: string;
  /** The names as NVML or the vendor's own tool spells them. */
  names: string[];
  /** Dense TFLOPS (TOPS for int8) with FP32 accumulate and without sparsity. */
  denseTflops: Record<ComputeDtype, number | null>;
  memoryGBps: number | null;
  memoryGB: number | null;
  tdpW: number | null;
  confidence: "high" | "medium" | "low";
  /**
   * Compute units, FLOP of one unit in a clock, boost clock. Their product is the 16-bit peak. It is null if
   * they are not known independently of that peak.
   */
  arithmetic: { units: number; flopPerClock: number; boostMHz: number } | null;
  sources: string[];
}

export type ComputeDtype = "fp16" | "bf16" | "fp8" | "int8" | "fp4";

const SOURCES = {
  lightning: "Lightning-AI/pytorch-lightning, fabric/utilities/throughput.py (links the vendors' sheets)",
  mlEngineering:
    "stas00/ml-engineering, compute/accelerator/README.md at 7bc7c305 (links the vendors' sheets)",
  torchtitan: "pytorch/torchtitan, torchtitan/tools/utils.py, get_peak_flops",
  inferenceX: "SemiAnalysisAI/InferenceX-app, packages/app/src/lib/gpu-specs.ts (2026-04)",
  transformersBenchmarks: "transformers-benchmarks, README",
  hmcTech: "hmc-tech.com, comparison of specifications",
  sysrqmts: "sysrqmts.com, A10",
  a40Sheet: "relationship-nepal.org, A40 sheet",
  l40Sheet: "mullet.se, product 355414 (copy of the L40 and L40S sheet)",
  grokipedia: "grokipedia, L4 vs L40S",
  spheron: "spheron.network, RTX 5090",
  linuxFormat: "Linux Format, RTX 5090 specification box",
  klockwood: "glennklockwood.com, H100",
  migGuide: "docs.nvidia.com, MIG user guide, supported GPUs",
  mlcommons: "mlcommons/inference_results_v4.1, system descriptions",
  deviceQuery: "pytorch/ao, pull request 4002 (device query)",
  vultr: "docs.vultr.com, ROCm hardware requirements",
  nvml: "NVML's answer on one machine",
  unverified: "the vendor's sheet, not verified",
} as const;

type Peaks = [
  fp16: number | null,
  bf16: number | null,
  fp8: number | null,
  int8: number | null,
  fp4: number | null,
];

function row(
  id: string,
  names: string[],
  [fp16, bf16, fp8, int8, fp4]: Peaks,
  [memoryGBps, memoryGB, tdpW]: [GBps: number | null, GB: number | null, W: number | null],
  confidence: GpuFacts["confidence"],
  arithmetic: [units: number, flopPerClock: number, boostMHz: number] | null,
  sources: (keyof typeof SOURCES)[],
): GpuFacts {
  return {
    id,
    names,
    denseTflops: { fp16, bf16, fp8, int8, fp4 },
    memoryGBps,
    memoryGB,
    tdpW,
    confidence,
    arithmetic: arithmetic && { units: arithmetic[0], flopPerClock: arithmetic[1], boostMHz: arithmetic[2] },
    sources: sources.map((source) => SOURCES[source]),
  };
}

/**
 * id · names · dense TFLOPS fp16, bf16, fp8, int8, fp4 · memory GB/s, GB, board W · confidence · units, FLOP
 * per clock, boost MHz · sources
 */
export const GPUS: readonly GpuFacts[] = [
  row(
    "t4",
    ["Tesla T4", "NVIDIA T4"],
    [65, null, null, 130, null],
    [320, 16, 70],
    "high",
    [40, 1024, 1590],
    ["lightning", "unverified"],
  ),
  row(
    "v100-sxm2-16",
    ["Tesla V100-SXM2-16GB"],
    [125, null, null, null, null],
    [900, 16, 300],
    "high",
    [80, 1024, 1530],
    ["lightning", "transformersBenchmarks"],
  ),
  row(
    "v100-sxm2-32",
    ["Tesla V100-SXM2-32GB", "Tesla V100-SXM3-32GB"],
    [125, null, null, null, null],
    [900, 32, 300],
    "high",
    [80, 1024, 1530],
    ["lightning", "transformersBenchmarks"],
  ),
  row(
    "v100-pcie-16",
    ["Tesla V100-PCIE-16GB"],
    [112, null, null, null, null],
    [900, 16, 250],
    "high",
    [80, 1024, 1380],
    ["lightning", "unverified"],
  ),
  row(
    "v100-pcie-32",
    ["Tesla V100-PCIE-32GB"],
    [112, null, null, null, null],
    [900, 32, 250],
    "high",
    [80, 1024, 1380],
    ["lightning", "unverified"],
  ),
  row(
    "a10",
    ["NVIDIA A10"],
    [125, 125, null, 250, null],
    [600, 24, 150],
    "high",
    [72, 1024, 1695],
    ["sysrqmts", "unverified"],
  ),
  // This is the AWS g5 part. Its tensor rate is far below the A10's, whose sheet (125) is often quoted for
  // it. 300 W is the power limit of g5 hosts.
  row("a10g", ["NVIDIA A10G"], [70, 70, null, 140, null], [600, 24, 300], "low", null, ["unverified"]),
  row(
    "a30",
    ["NVIDIA A30"],
    [165, 165, null, 330, null],
    [933, 24, 165],
    "medium",
    [56, 2048, 1440],
    ["unverified"],
  ),
  row(
    "a40",
    ["NVIDIA A40"],
    [149.7, 149.7, null, 299.3, null],
    [696, 48, 300],
    "high",
    [84, 1024, 1740],
    ["hmcTech", "a40Sheet"],
  ),
  row(
    "a100-sxm-40",
    ["NVIDIA A100-SXM4-40GB", "A100-SXM4-40GB"],
    [312, 312, null, 624, null],
    [1555, 40, 400],
    "high",
    [108, 2048, 1410],
    ["mlEngineering", "torchtitan", "lightning", "unverified"],
  ),
  row(
    "a100-sxm-80",
    ["NVIDIA A100-SXM4-80GB"],
    [312, 312, null, 624, null],
    [2039, 80, 400],
    "high",
    [108, 2048, 1410],
    ["mlEngineering", "torchtitan", "lightning", "transformersBenchmarks"],
  ),
  row(
    "a100-pcie-40",
    ["NVIDIA A100-PCIE-40GB"],
    [312, 312, null, 624, null],
    [1555, 40, 250],
    "high",
    [108, 2048, 1410],
    ["mlEngineering", "torchtitan", "lightning", "unverified"],
  ),
  row(
    "a100-pcie-80",
    ["NVIDIA A100 80GB PCIe"],
    [312, 312, null, 624, null],
    [1935, 80, 300],
    "high",
    [108, 2048, 1410],
    ["mlEngineering", "torchtitan", "lightning", "unverified"],
  ),
  row(
    "rtx-a6000",
    ["NVIDIA RTX A6000"],
    [154.8, 154.8, null, 309.7, null],
    [768, 48, 300],
    "medium",
    [84, 1024, 1800],
    ["transformersBenchmarks", "unverified"],
  ),
  // This is with FP32 accumulate. The FP16-accumulate rate (142.3) is twice as high.
  row(
    "rtx-3090",
    ["NVIDIA GeForce RTX 3090"],
    [71.2, 71.2, null, 284.7, null],
    [936, 24, 350],
    "medium",
    [82, 512, 1695],
    ["unverified"],
  ),
  // This is with FP32 accumulate. The FP16-accumulate rate is 330.3.
  row(
    "rtx-4090",
    ["NVIDIA GeForce RTX 4090"],
    [165.2, 165.2, 330.3, 660.6, null],
    [1008, 24, 450],
    "high",
    [128, 512, 2520],
    ["hmcTech"],
  ),
  // These follow from 3352 sparse FP4 and 838 sparse FP16. FP32 accumulate is taken as half, as on the 4090.
  row(
    "rtx-5090",
    ["NVIDIA GeForce RTX 5090"],
    [209.5, 209.5, 419, 838, 1676],
    [1792, 32, 575],
    "medium",
    [170, 512, 2407],
    ["spheron", "linuxFormat"],
  ),
  row(
    "l4",
    ["NVIDIA L4"],
    [121, 121, 242.5, 242.5, null],
    [300, 24, 72],
    "high",
    [58, 1024, 2040],
    ["grokipedia"],
  ),
  // This is half of the L40S. Some tables list 362 dense, against the vendor's sheet.
  row(
    "l40",
    ["NVIDIA L40"],
    [181.05, 181.05, 362, 362, null],
    [864, 48, 300],
    "high",
    [142, 512, 2490],
    ["l40Sheet"],
  ),
  row(
    "l40s",
    ["NVIDIA L40S"],
    [362.05, 362.05, 733, 733, null],
    [864, 48, 350],
    "high",
    [142, 1024, 2520],
    ["l40Sheet", "mlEngineering", "torchtitan"],
  ),
  row(
    "rtx-6000-ada",
    ["NVIDIA RTX 6000 Ada Generation"],
    [364.2, 364.2, 728.5, 728.5, null],
    [960, 48, 300],
    "medium",
    [142, 1024, 2505],
    ["unverified"],
  ),
  // The sheet rounds its bandwidth to 2 TB/s.
  row(
    "h100-pcie",
    ["NVIDIA H100 PCIe"],
    [756, 756, 1513, 1513, null],
    [2039, 80, 350],
    "high",
    [114, 4096, 1620],
    ["mlEngineering", "torchtitan", "lightning", "unverified"],
  ),
  // At the maximum clock of 1980 MHz it would be 1070, but peaks are stated at boost clock. The best matmul
  // seen is 794.5.
  row(
    "h100-sxm",
    ["NVIDIA H100 80GB HBM3", "NVIDIA H100 SXM5 80GB"],
    [989.4, 989.4, 1978.9, 1978.9, null],
    [3350, 80, 700],
    "high",
    [132, 4096, 1830],
    ["mlEngineering", "inferenceX", "torchtitan", "lightning", "klockwood"],
  ),
  // The sheet says 1671 with sparsity, which is halved here. The limit can be set from 350 to 400 W.
  row("h100-nvl", ["NVIDIA H100 NVL"], [835, 835, 1671, 1671, null], [3938, 94, 400], "medium", null, [
    "torchtitan",
    "migGuide",
    "unverified",
  ]),
  // The best bf16 matmul of 8192 × 8192 seen is 769 to 798, and copies reach 4.3 TB/s.
  row(
    "h200-sxm",
    ["NVIDIA H200"],
    [989.4, 989.4, 1978.9, 1978.9, null],
    [4800, 141, 700],
    "high",
    [132, 4096, 1830],
    ["mlEngineering", "inferenceX", "torchtitan", "nvml", "mlcommons"],
  ),
  // torchtitan takes 989 for every H200, but the NVL part is slower.
  row("h200-nvl", ["NVIDIA H200 NVL"], [835, 835, 1671, 1671, null], [4800, 141, 600], "low", null, [
    "unverified",
    "migGuide",
  ]),
  // The GPU's power may be missing: some drivers give only that of the module, with the Grace CPU in it.
  row(
    "gh200-96",
    ["NVIDIA GH200 480GB"],
    [989.4, 989.4, 1978.9, 1978.9, null],
    [4000, 96, null],
    "medium",
    [132, 4096, 1830],
    ["mlEngineering", "migGuide", "unverified"],
  ),
  row(
    "gh200-144",
    ["NVIDIA GH200 144G HBM3e"],
    [989.4, 989.4, 1978.9, 1978.9, null],
    [4900, 144, null],
    "low",
    [132, 4096, 1830],
    ["mlEngineering", "unverified"],
  ),
  // The sheet says 8 TB/s, but a device query gives a 7680-bit bus at 3996 MHz.
  row("b200", ["NVIDIA B200"], [2250, 2250, 4500, 4500, 9000], [7672, 180, 1000], "high", null, [
    "mlEngineering",
    "inferenceX",
    "torchtitan",
    "deviceQuery",
    "migGuide",
  ]),
  // INT8 is cut down on Ultra and sources differ, so it is left out. FP4 dense is 12600 or 13500, depending
  // on the source.
  row(
    "b300",
    ["NVIDIA B300 SXM6 AC", "NVIDIA B300"],
    [2250, 2250, 4500, null, 13500],
    [8000, 268, 1100],
    "medium",
    null,
    ["mlEngineering", "inferenceX"],
  ),
  // These are for each GPU and not for the module.
  row("gb200", ["NVIDIA GB200"], [2500, 2500, 5000, 5000, 10000], [8000, 186, 1200], "high", null, [
    "mlEngineering",
    "inferenceX",
    "migGuide",
  ]),
  row("gb300", ["NVIDIA GB300"], [2500, 2500, 5000, null, 15000], [8000, 288, 1400], "medium", null, [
    "mlEngineering",
    "inferenceX",
  ]),
  // These follow from 4 PFLOPS of sparse FP4. If FP32 accumulate runs at half rate, as tables say of the
  // smaller sister part, fp16 and fp8 halve.
  row(
    "rtx-pro-6000-ws",
    ["NVIDIA RTX PRO 6000 Blackwell Workstation Edition"],
    [503.8, 503.8, 1007.6, 1007.6, 2015],
    [1792, 96, 600],
    "low",
    [188, 1024, 2617],
    ["unverified", "migGuide"],
  ),
  // These are as on the workstation part.
  row(
    "rtx-pro-6000-server",
    ["NVIDIA RTX PRO 6000 Blackwell Server Edition"],
    [503.8, 503.8, 1007.6, 1007.6, 2015],
    [1792, 96, 600],
    "low",
    [188, 1024, 2617],
    ["unverified", "migGuide"],
  ),
  row(
    "rtx-pro-6000-maxq",
    ["NVIDIA RTX PRO 6000 Blackwell Max-Q Workstation Edition"],
    [null, null, null, null, null],
    [1792, 96, 300],
    "low",
    null,
    ["unverified", "migGuide"],
  ),
  // These are for both dies together. Each die shows as a GPU of its own (191.5 TFLOPS, 64 GB), and the even
  // index reports the power of both.
  row(
    "mi250x",
    ["AMD Instinct MI250X"],
    [383, 383, null, 383, null],
    [3277, 128, 560],
    "high",
    [220, 1024, 1700],
    ["mlEngineering", "torchtitan", "unverified"],
  ),
  // 2615 is the sparse figure.
  row(
    "mi300x",
    ["AMD Instinct MI300X", "AMD Instinct MI300X OAM"],
    [1307.4, 1307.4, 2614.9, 2614.9, null],
    [5300, 192, 750],
    "high",
    [304, 2048, 2100],
    ["mlEngineering", "inferenceX", "torchtitan", "vultr", "mlcommons"],
  ),
  row(
    "mi325x",
    ["AMD Instinct MI325X", "AMD Instinct MI325X OAM"],
    [1307.4, 1307.4, 2614.9, 2614.9, null],
    [6000, 256, 1000],
    "high",
    [304, 2048, 2100],
    ["mlEngineering", "inferenceX", "vultr"],
  ),
  // This is the MI355X's silicon at 2200 MHz and 1000 W.
  row(
    "mi350x",
    ["AMD Instinct MI350X"],
    [2306.9, 2306.9, 4613.7, 4613.7, 9227],
    [8000, 288, 1000],
    "medium",
    [256, 4096, 2200],
    ["mlEngineering", "unverified"],
  ),
  row(
    "mi355x",
    ["AMD Instinct MI355X"],
    [2516.6, 2516.6, 5033.2, 5033.2, 10066],
    [8000, 288, 1400],
    "high",
    [256, 4096, 2400],
    ["mlEngineering", "inferenceX"],
  ),
  // The white paper's 1835 is at 1750 MHz, but shipped parts run at 1600 MHz.
  row(
    "gaudi3",
    ["HL-325L", "Gaudi 3"],
    [459, 1677, 1677, null, null],
    [3700, 128, 900],
    "medium",
    [8, 131072, 1600],
    ["mlEngineering", "unverified"],
  ),
];
