/** Streams of a certificate. Above the largest the server's thread would be measured; what a load's event loop is late by then is added anyway. */
const SIZES = { usual: [100, 250], most: 500 };

/** How many streams the certificate has that speaks for a load of so many, most of them open at once: as many or more, up to 500. */
export const certifiedStreams = (streams: number): number =>
  SIZES.usual.find((size) => size >= streams) ?? SIZES.most;
