/**
 * How many streams a certificate may have. Above the largest number it would measure the server's thread. The
 * lag of a larger load's event loop is added to the error anyway.
 */
const SIZES = { usual: [100, 250], most: 500 };

/**
 * How many streams the certificate for a load of so many has. There are as many or more, up to 500, and most
 * of them are open at once.
 */
export const certifiedStreams = (streams: number): number =>
  SIZES.usual.find((size) => size >= streams) ?? SIZES.most;
