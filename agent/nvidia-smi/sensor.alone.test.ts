import { afterEach, describe, expect, test } from "vitest";
import { rowOf } from "../collectors/nvidia-smi.ts";
import { findSensor, type Sensor } from "./sensor.ts";
import { A40, NVIDIA_SMI, without } from "../stand-in/fields.ts";

// Alone: what the stand-in for nvidia-smi says stands in the environment of this process.

const find = (fields: Record<string, string>): Promise<Sensor> => {
  process.env["SMI_FIELDS"] = JSON.stringify(fields);
  return findSensor({ nvidiaSmi: NVIDIA_SMI, only: null });
};
const fieldOf = (sensor: Sensor, column: string): string | undefined =>
  sensor.readings.find((reading) => reading.column === column)?.field;
afterEach(() => {
  delete process.env["SMI_FIELDS"];
  delete process.env["SMI_SAYS"];
});

describe("which fields are read", () => {
  test("a current driver has instant power and event reasons, but no energy counter", async () => {
    const sensor = await find(A40);
    expect(sensor.gpus).toEqual([
      { index: 0, uuid: "GPU-5f1c", name: "NVIDIA A40", driver: "550.54.15", limitW: 300, powerMeanMs: 0 },
    ]);
    expect(sensor.readings.map(({ column }) => column)).toEqual([
      "powerW",
      "utilPercent",
      "memoryMiB",
      "smMHz",
      "memMHz",
      "tempC",
      "throttle",
    ]);
    expect(fieldOf(sensor, "powerW")).toBe("power.draw.instant");
    expect(fieldOf(sensor, "throttle")).toBe("clocks_event_reasons.active");
  });

  test.each([
    ["an older driver gives the mean of a second on an A40", without("power.draw.instant"), 1000],
    [
      "an older driver gives instant power on an A100",
      { ...without("power.draw.instant"), compute_cap: "8.0" },
      0,
    ],
    [
      "an older driver gives instant power on a V100",
      { ...without("power.draw.instant"), compute_cap: "7.0" },
      0,
    ],
    [
      "where the chip cannot be told it is taken as a mean",
      without("power.draw.instant", "compute_cap"),
      1000,
    ],
    [
      "an instant power that is offered but absent is not used",
      { ...A40, "power.draw.instant": "[N/A]" },
      1000,
    ],
  ])("%s", async (_, fields, powerMeanMs) => {
    const sensor = await find(fields);
    expect(fieldOf(sensor, "powerW")).toBe("power.draw");
    expect(sensor.gpus[0]?.powerMeanMs).toBe(powerMeanMs);
  });

  test("a driver before 535 names the reasons differently", async () => {
    expect(fieldOf(await find(without("clocks_event_reasons.active")), "throttle")).toBe(
      "clocks_throttle_reasons.active",
    );
  });

  test("an energy counter is read in its unit when it is offered", async () => {
    const sensor = await find({ ...A40, total_energy_consumption: "123456789 mJ" });
    expect(sensor.readings.find(({ column }) => column === "energyJ")).toMatchObject({ factor: 0.001 });
    expect(
      (await find({ ...A40, total_energy_consumption: "5" })).readings.some(
        ({ column }) => column === "energyJ",
      ),
    ).toBe(false);
  });

  test("a limit that cannot be read is null", async () => {
    expect(
      (await find({ ...A40, "enforced.power.limit": "[N/A]", "power.limit": "[N/A]" })).gpus[0]?.limitW,
    ).toBeNull();
  });
});

describe("the error names what to do when there is", () => {
  test("no nvidia-smi", async () => {
    await expect(findSensor({ nvidiaSmi: "/nowhere/nvidia-smi", only: null })).rejects.toThrow(
      /no \/nowhere\/nvidia-smi here.*--nvidia-smi PATH/s,
    );
  });

  test.each([
    ["no driver", "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver."],
    ["no GPU", "No devices were found"],
  ])("%s", async (_, said) => {
    process.env["SMI_SAYS"] = said;
    await expect(findSensor({ nvidiaSmi: NVIDIA_SMI, only: null })).rejects.toThrow(
      new RegExp(`"${said.slice(0, 20)}.*docker run --gpus all`),
    );
  });
});

describe("a line of nvidia-smi", () => {
  const sensor: Sensor = {
    program: "nvidia-smi",
    prefix: [],
    gpus: [{ index: 0, uuid: "GPU-0", name: "NVIDIA A40", driver: "550", limitW: 300, powerMeanMs: 0 }],
    readings: [
      { column: "powerW", field: "power.draw.instant", factor: 1 },
      { column: "energyJ", field: "total_energy_consumption", factor: 0.001 },
      { column: "throttle", field: "clocks_event_reasons.active", factor: 1 },
    ],
  };
  test.each([
    ["with all readings", "0, 271.44, 5000, 0x0000000000000004", [7, 0, 271.44, 5, 4]],
    ["with [N/A], which is null", "0, [N/A], [Not Supported], [Unknown Error]", [7, 0, null, null, null]],
    ["of a GPU that did not exist at the start", "1, 271.44, 5000, 0x4", null],
    ["without its last value", "0, 271.44, 5000", null],
    ["that is a warning", "WARNING: infoROM is corrupted at gpu 0000:01:00.0", null],
    ["that is empty", "", null],
  ])("%s gives its sample or null", (_, line, row) => expect(rowOf(line, 7, sensor)).toEqual(row));
});
