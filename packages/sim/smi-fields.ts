import type { SimCard } from "./gpu.ts";
import type { GpuReading } from "./meter.ts";

interface Field {
  unit: "W" | "MiB" | "MHz" | "%" | null;
  value(card: SimCard, reading: GpuReading, now: Date): string;
}

const ABSENT = "[N/A]";
const text = (value: (card: SimCard) => string): Field => ({ unit: null, value });
const watts = (value: (card: SimCard, reading: GpuReading) => number): Field => ({
  unit: "W",
  value: (card, reading) => value(card, reading).toFixed(2),
});
const whole = (unit: Field["unit"], value: (card: SimCard, reading: GpuReading) => number): Field => ({
  unit,
  value: (card, reading) => String(Math.round(value(card, reading))),
});

const average = watts((_, reading) => reading.averageW);
const limit = watts((card) => card.limitW);
/** A card without work drops to its idle clock, and its clock event reasons say so (bit 0). */
const smClock = whole("MHz", (card, reading) => (reading.busy ? card.smMHz : 210));
const memoryClock = whole("MHz", (card, reading) => (reading.busy ? card.memMHz : 405));
const reasons: Field = {
  unit: null,
  value: (_, reading) => (reading.busy ? "0x0000000000000000" : "0x0000000000000001"),
};

/**
 * The fields of `--query-gpu` that this stand-in knows. There is no energy counter among them, because the
 * real program offers none either.
 */
const FIELDS: Record<string, Field> = {
  timestamp: { unit: null, value: (_, __, now) => timestampOf(now) },
  driver_version: text(() => "sim"),
  count: text(() => "1"),
  name: text((card) => card.name),
  gpu_name: text((card) => card.name),
  index: text(() => "0"),
  uuid: text((card) => card.uuid),
  gpu_uuid: text((card) => card.uuid),
  serial: text(() => ABSENT),
  "pci.bus_id": text(() => "00000000:01:00.0"),
  compute_cap: text(() => "8.6"),
  "mig.mode.current": text(() => ABSENT),
  pstate: { unit: null, value: (_, reading) => (reading.busy ? "P0" : "P8") },
  "power.draw": average,
  "power.draw.average": average,
  "power.draw.instant": watts((_, reading) => reading.instantW),
  "power.limit": limit,
  "enforced.power.limit": limit,
  "power.default_limit": limit,
  "power.max_limit": limit,
  "utilization.gpu": whole("%", (_, reading) => reading.utilPercent),
  "utilization.memory": whole("%", (_, reading) => reading.utilPercent * 0.8),
  "memory.total": whole("MiB", (card) => card.memoryTotalMiB),
  "memory.used": whole("MiB", (card) => card.memoryUsedMiB),
  "memory.free": whole("MiB", (card) => card.memoryTotalMiB - card.memoryUsedMiB),
  "clocks.sm": smClock,
  "clocks.current.sm": smClock,
  "clocks.gr": smClock,
  "clocks.current.graphics": smClock,
  "clocks.mem": memoryClock,
  "clocks.current.memory": memoryClock,
  "clocks.max.sm": whole("MHz", (card) => card.smMHz),
  "temperature.gpu": whole(null, (_, reading) => reading.tempC),
  "temperature.memory": text(() => "N/A"),
  "fan.speed": { unit: "%", value: () => ABSENT },
  "clocks_throttle_reasons.active": reasons,
  "clocks_event_reasons.active": reasons,
};

export const FIELD_NAMES = Object.keys(FIELDS);

/** The first name that is no field, if there is one. */
export const unknownField = (names: string[]): string | undefined =>
  names.find((name) => !Object.hasOwn(FIELDS, name));

/** `power.draw [W], utilization.gpu [%]` or, without units, `power.draw, utilization.gpu`. */
export const headerLine = (names: string[], units: boolean): string =>
  names.map((name) => withUnit(name, FIELDS[name]?.unit, units, "[", "]")).join(", ");

/** One line of values, in the order of the names. */
export function valueLine(
  names: string[],
  units: boolean,
  card: SimCard,
  reading: GpuReading,
  now: Date,
): string {
  return names
    .flatMap((name) => FIELDS[name] ?? [])
    .map((field) => {
      const value = field.value(card, reading, now);
      return value === ABSENT ? value : withUnit(value, field.unit, units, "", "");
    })
    .join(", ");
}

const withUnit = (
  value: string,
  unit: string | null | undefined,
  units: boolean,
  open: string,
  close: string,
): string => (units && unit ? `${value} ${open}${unit}${close}` : value);

/** `2026/01/31 23:59:59.999`, local time. */
function timestampOf(now: Date): string {
  const two = (value: number): string => String(value).padStart(2, "0");
  const day = `${now.getFullYear()}/${two(now.getMonth() + 1)}/${two(now.getDate())}`;
  return `${day} ${two(now.getHours())}:${two(now.getMinutes())}:${two(now.getSeconds())}.${String(now.getMilliseconds()).padStart(3, "0")}`;
}
