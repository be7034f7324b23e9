import { Socket } from "node:net";
import type { TLSSocket } from "node:tls";

/** It gets the first `count` bytes of what was decrypted. They are overwritten by the next piece. */
export type Take = (bytes: Buffer, count: number) => void;

/**
 * Node's major version in which what `intoBuffer` does was tried. Elsewhere Node allocates two objects for each piece,
 * which costs 2 µs.
 */
const TRIED_NODE = "24";
/** Far more than a TLS record holds. */
const BUFFER = Buffer.allocUnsafeSlow(64 * 1024);

/** Hands what a TLS socket decrypts to `take`, past Node's streams, whose work for each piece costs 1 µs. */
export function takeDecrypted(
  socket: TLSSocket,
  take: Take,
  mayUseBuffer = process.versions.node.startsWith(`${TRIED_NODE}.`),
): void {
  if (mayUseBuffer) intoBuffer(socket, take);
  const push = socket.push.bind(socket);
  socket.push = (piece: unknown, encoding) => {
    if (!(piece instanceof Buffer)) return push(piece, encoding);
    take(piece, piece.length);
    return true;
  };
  socket.resume();
}

/**
 * `onread` of Node's own sockets, which `tls.connect` leaves out where the bytes come from a stream: what that option
 * sets on a socket is set on this one.
 */
function intoBuffer(socket: TLSSocket & { _handle?: unknown }, take: Take): void {
  const callback = (count: number): boolean => {
    take(BUFFER, count);
    return true;
  };
  const model = new Socket({ onread: { buffer: BUFFER, callback } });
  const handle = socket._handle;
  for (const key of Object.getOwnPropertySymbols(model)) {
    const value: unknown = Reflect.get(model, key);
    if (value === BUFFER || value === callback) Reflect.set(socket, key, value);
  }
  (handle as { useUserBuffer(buffer: Buffer): void }).useUserBuffer(BUFFER);
}
