/** Of one uploaded segment, gzipped. */
export const SEGMENT_MAX_BYTES = 8 * 1024 * 1024;
export const SEGMENT_MAX_RAW_BYTES = 64 * 1024 * 1024;
/** Real telemetry packs 5 to 30 times smaller; gzip's own limit is about 1,030. */
export const SEGMENT_MAX_RATIO = 200;
