import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { GpuSample } from "../../record/telemetry/gpu-sample.ts";
import { levelEnergy } from "./energy.ts";

const KNOWN_CLOCK = { clockErrorMs: 5 };
const WINDOW = { startUnixMs: 10_000, endUnixMs: 30_000 };
const IDLE = { startUnixMs: -20_000, endUnixMs: -2000 };

/**
 * Samples every 100 ms of a GPU whose power is a function of time, with the counter that a perfect GPU would
 * have.
 */
function samplesOf(
  power: (atMs: number) => number,
  options: { from?: number; to?: number; stepMs?: number; gpu?: number; counter?: boolean } = {},
): GpuSample[] {
  const { from = -25_000, to = 40_000, stepMs = 100, gpu = 0, counter = true } = options;
  let energyJ = 1e6;
  return Array.from({ length: Math.round((to - from) / stepMs) + 1 }, (_, index) => {
    const unixMs = from + index * stepMs;
    if (index > 0) energyJ += (((power(unixMs) + power(unixMs - stepMs)) / 2) * stepMs) / 1000;
    return {
      unixMs,
      gpu,
      powerW: power(unixMs),
      energyJ: counter ? energyJ : null,
      utilPercent: power(unixMs) > 100 ? 90 : 0,
      memoryMiB: 40_000,
      smMHz: 1740,
      memMHz: 7251,
      tempC: 60,
      throttle: 0,
    };
  });
}
const loaded = (atMs: number): number => (atMs >= 0 ? 250 : 70);

describe("energy in a window", () => {
  test("a steady 250 W over 20 s is 5,000 J by the counter and by the integral", () => {
    const energy = levelEnergy(samplesOf(loaded), WINDOW, IDLE, KNOWN_CLOCK);
    expect(energy.energyJ).toMatchObject({
      value: expect.closeTo(5000, 6),
      method: "counter",
      validity: "valid",
      reasons: [],
    });
    expect(energy.energyIntegralJ).toMatchObject({
      value: expect.closeTo(5000, 6),
      method: "integral",
      validity: "valid",
      reasons: [],
    });
    expect(energy).toMatchObject({
      energySource: "counter",
      coveragePercent: 100,
      throttledPercent: 0,
      maxTempC: 60,
    });
    expect(energy.utilPercent.value).toBe(90);
  });

  test("idle power is measured in the idle time and subtracted", () => {
    const energy = levelEnergy(samplesOf(loaded), WINDOW, IDLE, KNOWN_CLOCK);
    expect(energy.idlePowerW).toMatchObject({ value: expect.closeTo(70, 6), validity: "valid" });
    expect(energy.dynamicEnergyJ).toMatchObject({ value: expect.closeTo(3600, 6), validity: "valid" });
  });

  test("an idle time below 15 s is labelled as an estimate", () => {
    const energy = levelEnergy(
      samplesOf(loaded),
      WINDOW,
      { startUnixMs: -8000, endUnixMs: -3000 },
      KNOWN_CLOCK,
    );
    expect(energy.idlePowerW).toMatchObject({
      value: expect.closeTo(70, 6),
      validity: "indicative",
      reasons: ["estimated"],
    });
    expect(energy.dynamicEnergyJ).toMatchObject({ validity: "indicative", reasons: ["estimated"] });
  });

  test("without an idle time there is no idle power and nothing to subtract", () => {
    const energy = levelEnergy(samplesOf(loaded), WINDOW, null, KNOWN_CLOCK);
    expect(energy.idlePowerW).toMatchObject({ value: null, reasons: ["not_applicable"] });
    expect(energy.dynamicEnergyJ).toMatchObject({ value: null, reasons: ["not_applicable"] });
  });

  test("less power under load than idle is refused", () => {
    expect(
      levelEnergy(
        samplesOf((atMs) => (atMs >= 0 ? 50 : 70)),
        WINDOW,
        IDLE,
        KNOWN_CLOCK,
      ).dynamicEnergyJ,
    ).toMatchObject({
      value: null,
      reasons: ["implausible"],
    });
  });

  test("a GPU without a counter is measured by its power, and that is no fault", () => {
    const energy = levelEnergy(samplesOf(loaded, { counter: false }), WINDOW, IDLE, KNOWN_CLOCK);
    expect(energy.energyJ).toMatchObject({
      value: expect.closeTo(5000, 6),
      method: "integral",
      validity: "valid",
    });
    expect(energy.energySource).toBe("integral");
  });

  test("the integral of a ramp is that of a ramp, wherever the edges fall between readings", () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 20_000, noNaN: true }),
        fc.double({ min: 2000, max: 15_000, noNaN: true }),
        (startUnixMs, lengthMs) => {
          const endUnixMs = startUnixMs + lengthMs;
          const samples = samplesOf((atMs) => 200 + atMs / 1000);
          const { energyJ, energyIntegralJ } = levelEnergy(
            samples,
            { startUnixMs, endUnixMs },
            null,
            KNOWN_CLOCK,
          );
          const closed = (200 * lengthMs) / 1000 + (endUnixMs ** 2 - startUnixMs ** 2) / 2e6;
          expect(energyIntegralJ.value).toBeCloseTo(closed, 6);
          // The counter is read every 100 ms and taken as straight in between.
          expect(Math.abs((energyJ.value ?? 0) - closed)).toBeLessThan(0.01);
        },
      ),
    );
  });

  test.each<[string, boolean]>([
    ["counter", true],
    ["integral", false],
  ])("each slice has its own by the %s, and all together the whole", (_, counter) => {
    const slices = 40;
    const one = samplesOf((atMs) => 200 + atMs / 1000, { counter });
    const other = samplesOf(loaded, { gpu: 1, counter });
    const { slicesJ, energyJ } = levelEnergy([...one, ...other], { ...WINDOW, slices }, null, KNOWN_CLOCK);
    // Half a second at 250 W, and at 210 W in the middle of the first slice and 0.5 W more in each that follows.
    expect(slicesJ?.map((joules, i) => joules - 125 - (210.25 + i / 2) / 2)).toEqual(
      Array.from({ length: slices }, () => expect.closeTo(0, 6)),
    );
    expect(slicesJ?.reduce((sum, joules) => sum + joules)).toBeCloseTo(energyJ.value ?? 0, 6);
  });

  test("over several GPUs energy is the sum, utilisation the mean and temperature the highest", () => {
    const other = samplesOf((atMs) => loaded(atMs) / 2, { gpu: 1 }).map((sample) => ({
      ...sample,
      tempC: 71,
      utilPercent: 30,
    }));
    const energy = levelEnergy([...samplesOf(loaded), ...other], WINDOW, IDLE, KNOWN_CLOCK);
    expect(energy.energyJ.value).toBeCloseTo(7500, 6);
    expect(energy.idlePowerW.value).toBeCloseTo(105, 6);
    expect(energy).toMatchObject({ maxTempC: 71, utilPercent: { value: 60 } });
  });
});

describe("what is missing or contradictory is named", () => {
  const without = (from: number, to: number): GpuSample[] =>
    samplesOf(loaded).filter((sample) => sample.unixMs <= from || sample.unixMs >= to);

  test.each([
    ["a hole of 3 s in the middle leaves the counter, but no integral", without(15_000, 18_000), 5000, null],
    ["a hole of 0.9 s is bridged", without(15_000, 15_900), 5000, 5000],
    ["a hole of 2.5 s over the start leaves neither", without(8500, 11_000), null, null],
    ["samples that end 2 s before the end leave neither", without(28_000, 99_000), null, null],
    ["samples of another time leave neither", without(-20_000, 99_000), null, null],
  ])("%s", (_, samples, counter, integral) => {
    const { energyJ, energyIntegralJ } = levelEnergy(samples, WINDOW, null, KNOWN_CLOCK);
    expect(energyJ.value).toEqual(counter === null ? null : expect.closeTo(counter, 6));
    expect(energyIntegralJ.value).toEqual(integral === null ? null : expect.closeTo(integral, 6));
    if (counter === null) expect(energyJ.reasons).toEqual(["telemetry_gap"]);
    if (integral === null) expect(energyIntegralJ.reasons).toEqual(["telemetry_gap"]);
  });

  test("a hole of 5 s takes a quarter of the coverage, less two and a half periods after a reading", () => {
    const { coveragePercent } = levelEnergy(without(15_000, 20_000), WINDOW, null, KNOWN_CLOCK);
    expect(coveragePercent).toBeCloseTo(76.25, 6);
  });

  test("one empty reading in ten is too many for the integral", () => {
    const samples = samplesOf(loaded, { counter: false }).map((sample, index) =>
      index % 10 === 0 ? { ...sample, powerW: null } : sample,
    );
    expect(levelEnergy(samples, WINDOW, null, KNOWN_CLOCK).energyJ).toMatchObject({
      value: null,
      reasons: ["telemetry_gap"],
    });
  });

  test("a counter that went backwards is replaced by the integral, which says why", () => {
    const samples = samplesOf(loaded).map((sample) =>
      sample.unixMs > 20_000 ? { ...sample, energyJ: (sample.energyJ ?? 0) - 1e6 } : sample,
    );
    const { energyJ, energySource } = levelEnergy(samples, WINDOW, null, KNOWN_CLOCK);
    expect(energyJ).toMatchObject({
      value: expect.closeTo(5000, 6),
      method: "integral",
      validity: "indicative",
      reasons: ["counter_reset"],
    });
    expect(energySource).toBe("integral");
  });

  test.each([
    ["counts mJ where J are meant", 1000, 300, "integral", ["implausible"]],
    ["counts mJ, and the GPU's limit is not known", 1000, null, "counter", ["energy_disagrees"]],
    ["is a little above the GPU's limit", 1, 240, "counter", []],
  ] as const)("a counter that %s", (_, factor, limitW, method, reasons) => {
    const samples = samplesOf(loaded).map((sample) => ({
      ...sample,
      energyJ: factor * (sample.energyJ ?? 0),
    }));
    const { energyJ } = levelEnergy(samples, WINDOW, null, { ...KNOWN_CLOCK, limitsW: [limitW] });
    expect(energyJ).toMatchObject({
      value: expect.closeTo(method === "integral" ? 5000 : 5000 * factor, 3),
      method,
      reasons,
    });
  });

  test("without power readings a counter that went backwards leaves nothing", () => {
    const samples = samplesOf(loaded).map((sample) => ({
      ...sample,
      powerW: null,
      energyJ: (sample.energyJ ?? 0) - (sample.unixMs > 20_000 ? 1e6 : 0),
    }));
    expect(levelEnergy(samples, WINDOW, null, KNOWN_CLOCK).energyJ).toMatchObject({
      value: null,
      reasons: ["no_telemetry", "counter_reset"],
    });
  });

  test("if one GPU has no counter the others' counters are not needed, so their faults do not count", () => {
    const reset = samplesOf(loaded).map((sample) => ({
      ...sample,
      energyJ: sample.unixMs > 20_000 ? 0 : sample.energyJ,
    }));
    const energy = levelEnergy(
      [...reset, ...samplesOf(loaded, { gpu: 1, counter: false })],
      WINDOW,
      null,
      KNOWN_CLOCK,
    );
    expect(energy.energyJ).toMatchObject({
      value: expect.closeTo(10_000, 6),
      method: "integral",
      validity: "valid",
      reasons: [],
    });
  });

  test("a counter reset outside of the window does not matter", () => {
    const samples = samplesOf(loaded).map((sample) =>
      sample.unixMs > 35_000 ? { ...sample, energyJ: 0 } : sample,
    );
    expect(levelEnergy(samples, WINDOW, null, KNOWN_CLOCK).energyJ).toMatchObject({
      method: "counter",
      validity: "valid",
    });
  });

  test("counter and integral agree at 4 % apart, and at 8 % both are shown and flagged", () => {
    const off = (factor: number): GpuSample[] =>
      samplesOf(loaded).map((sample) => ({ ...sample, powerW: (sample.powerW ?? 0) * factor }));
    const apart = levelEnergy(off(1.08), WINDOW, null, KNOWN_CLOCK);
    expect(apart.energyJ).toMatchObject({
      value: expect.closeTo(5000, 6),
      validity: "indicative",
      reasons: ["energy_disagrees"],
    });
    expect(apart.energyIntegralJ).toMatchObject({
      value: expect.closeTo(5400, 6),
      validity: "indicative",
      reasons: ["energy_disagrees"],
    });
    expect(levelEnergy(off(1.04), WINDOW, null, KNOWN_CLOCK).energyJ.reasons).toEqual([]);
  });

  test("a GPU that fell silent makes the sum unknown, not smaller", () => {
    const silent = samplesOf(loaded, { gpu: 1, to: 12_000 });
    expect(levelEnergy([...samplesOf(loaded), ...silent], WINDOW, null, KNOWN_CLOCK).energyJ).toMatchObject({
      value: null,
      reasons: ["telemetry_gap"],
    });
  });

  test.each([
    ["of 5 ms leaves the energy valid", 5, "valid"],
    ["of 60 ms makes the energy indicative", 60, "indicative"],
    ["that is unknown makes the energy indicative", null, "indicative"],
  ])("a clock error %s", (_, clockErrorMs, validity) => {
    const { energyJ, idlePowerW } = levelEnergy(samplesOf(loaded), WINDOW, IDLE, { clockErrorMs });
    expect([energyJ.validity, idlePowerW.validity]).toEqual([validity, validity]);
    expect(energyJ.reasons).toEqual(validity === "valid" ? [] : ["clock_skew"]);
  });

  test("without samples everything is unknown", () => {
    const energy = levelEnergy([], WINDOW, IDLE, KNOWN_CLOCK);
    for (const figure of [
      energy.energyJ,
      energy.energyIntegralJ,
      energy.idlePowerW,
      energy.utilPercent,
      energy.dynamicEnergyJ,
    ])
      expect(figure).toMatchObject({ value: null, reasons: ["no_telemetry"] });
    expect(energy).toMatchObject({ coveragePercent: 0, throttledPercent: null, maxTempC: null });
  });

  test("a window without length is too short", () => {
    const energy = levelEnergy(
      samplesOf(loaded),
      { startUnixMs: 10_000, endUnixMs: 10_000 },
      null,
      KNOWN_CLOCK,
    );
    expect(energy).toMatchObject({
      energyJ: { value: null, reasons: ["too_short"] },
      slicesJ: null,
      coveragePercent: 0,
    });
  });
});

test("power that is the mean of the last second moves by half of it, so that a jump is found where it was", () => {
  const truth = (atMs: number): number => (atMs >= 20_000 ? 300 : 100);
  const trailing = (atMs: number): number => 100 + 200 * Math.min(Math.max((atMs - 20_000) / 1000, 0), 1);
  const samples = samplesOf(trailing, { counter: false });
  const shifted = samples.map((sample) => ({ ...sample, powerMeanMs: 1000 }));
  const window = { startUnixMs: 10_000, endUnixMs: 25_000 };
  const trueJ = (truth(10_000) * 10_000 + truth(20_000) * 5000) / 1000;
  expect(levelEnergy(shifted, window, null, KNOWN_CLOCK).energyJ.value).toBeCloseTo(trueJ, 6);
  expect(levelEnergy(samples, window, null, KNOWN_CLOCK).energyJ.value).toBeCloseTo(trueJ - 100, 6);
});

test("clocks count as throttled if power or heat holds them down, not if the GPU idles", () => {
  const samples = samplesOf(loaded).map((sample) => ({
    ...sample,
    smMHz: sample.unixMs < 20_000 ? 1500 : 1700,
    throttle: sample.unixMs < 15_000 ? 0x4 : sample.unixMs < 25_000 ? 0x1 : sample.unixMs < 27_000 ? 0x40 : 0,
  }));
  const held = levelEnergy(samples, WINDOW, null, KNOWN_CLOCK);
  expect(held.throttledPercent).toBeCloseTo(35, 0);
  expect(held.powerCappedPercent).toBeCloseTo(25, 0);
  expect(held.overheatedPercent).toBeCloseTo(10, 0);
  expect(held.smMHz).toBeCloseTo(1600, -1);
  expect(
    levelEnergy(
      samples.map((sample) => ({ ...sample, throttle: null })),
      WINDOW,
      null,
      KNOWN_CLOCK,
    ).throttledPercent,
  ).toBeNull();
});

test("slower sampling is judged by its own period", () => {
  const energy = levelEnergy(samplesOf(loaded, { stepMs: 2000, counter: false }), WINDOW, null, KNOWN_CLOCK);
  expect(energy.energyJ.value).toBeCloseTo(5000, 6);
  expect(energy.coveragePercent).toBe(100);
});
