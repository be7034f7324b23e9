import { connect as connectTcp, type Socket, type TcpNetConnectOpts } from "node:net";
import { setImmediate as nextTurn } from "node:timers/promises";
import { connect as connectTls } from "node:tls";
import { turnMs } from "../clock/turn.ts";
import type { OpenWire, WireSink, WireTarget } from "../guard/wire.ts";
import { wireLife } from "./wire-life.ts";

/**
 * Every socket of this process is read into it, and the bytes are used up before the next read. In a flood every read
 * ends in the middle of a chunk, which costs as much as thirty whole ones, so it is four times what libuv would take.
 */
const READ_BUFFER = Buffer.allocUnsafeSlow(256 * 1024);
/** undici's own value. It lets us notice a peer that vanished without closing its connection. */
const TCP_KEEP_ALIVE_MS = 60_000;

/** A wire by Node's own sockets. It runs everywhere, and bytes are stamped when the event loop gets to them. */
export const openNodeWire: OpenWire = (target, sink) => {
  const life = wireLife(sink);
  const socket = start(target, sink);
  socket.once(target.tls === null ? "connect" : "secureConnect", () => life.open());
  socket.on("error", (error: Error) => life.failed(error));
  socket.on("end", () => life.ended());
  socket.on("close", () => life.ended());
  return {
    opened: life.opened,
    peer: () => socket.remoteAddress ?? null,
    write: (bytes) => void socket.write(bytes),
    // What has come is read in the turn after this one.
    settled: () => nextTurn(),
    destroy(error) {
      life.over(error);
      socket.destroy();
    },
  };
};

function start(target: WireTarget, sink: WireSink): Socket {
  const { host, port, addresses, tls } = target;
  const tcp: TcpNetConnectOpts = {
    host,
    port,
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: TCP_KEEP_ALIVE_MS,
    autoSelectFamily: true,
    // Node's TLS has no answer to a connection that fails before it has begun.
    lookup: (_host, _options, callback) => process.nextTick(callback, null, addresses),
    onread: {
      buffer: READ_BUFFER,
      callback: (count, bytes) => {
        sink.read(bytes as Buffer, count, turnMs(), 0, true);
        return true;
      },
    },
  };
  return tls === null
    ? connectTcp(tcp)
    : connectTls({ ...tcp, ...tls }).on("session", (ticket) => target.keepSession(ticket));
}
