/** The largest size of one uploaded segment, gzipped. */
export const SEGMENT_MAX_BYTES = 8 * 1024 * 1024;
/** The largest ratio of unpacked to gzipped size. Real telemetry has 5 to 30; gzip can reach about 1,030. */
export const SEGMENT_MAX_RATIO = 200;
