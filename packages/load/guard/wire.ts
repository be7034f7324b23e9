import type { LookupAddress } from "node:dns";
import type { ConnectionOptions } from "node:tls";

/** Takes what a wire brings. It is told nothing after `ended` or `failed`. */
export interface WireSink {
  /**
   * The first `count` bytes were read. They are overwritten by the next read. `atMs` is the `performance.now()`
   * at which the last of them arrived, as far as the driver can know it. The bytes before the last packet came up
   * to `earlierMs` earlier; where `isExact` is false, the last packet may have come as much earlier, too.
   */
  read(bytes: Buffer, count: number, atMs: number, earlierMs: number, isExact: boolean): void;
  /** The peer has closed the connection. */
  ended(): void;
  failed(error: Error): void;
}

/** One TCP connection, or TLS over one. */
export interface Wire {
  /** It resolves when bytes may be written, and rejects with the error that came before. */
  readonly opened: Promise<void>;
  /** The address at its other end, or null if there is none (yet). */
  peer(): string | null;
  /** The bytes must not change afterwards. */
  write(bytes: Buffer): void;
  /** It resolves when the sink knows what had come by now, such as the end of the connection. */
  settled(): Promise<void>;
  /** With an error, `opened` rejects with it if it was still open. */
  destroy(error?: Error): void;
}

/** Where a wire leads. All addresses were judged, and no other may be dialled. */
export interface WireTarget {
  /** The host that was asked for, without brackets. */
  host: string;
  port: number;
  addresses: LookupAddress[];
  /** It is null for a connection without TLS. */
  tls: ConnectionOptions | null;
  /** It must be called with each TLS session that the server gives. */
  keepSession(session: Buffer): void;
}

/** Begins to open a wire. */
export type OpenWire = (target: WireTarget, sink: WireSink) => Wire;
