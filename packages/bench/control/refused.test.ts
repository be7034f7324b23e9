import { once } from "node:events";
import { existsSync } from "node:fs";
import { connect, createServer, type AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { failedConnections, lastRefusedNs } from "./refused.ts";

test("the kernel's count of failed connections is found by its name", () => {
  const table =
    "Ip: Forwarding\nIp: 1\nTcp: RtoMin ActiveOpens AttemptFails EstabResets\nTcp: 200 12 7 3\nUdp: InErrors\nUdp: 4\n";
  expect(failedConnections(table)).toBe(7);
  expect(failedConnections("Udp: InErrors\nUdp: 4\n")).toBeNull();
});

test.skipIf(!existsSync("/proc/net/snmp"))(
  "a connection that nobody took is noticed, when it was tried",
  async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    server.close();
    const over = Promise.withResolvers<void>();
    const last = lastRefusedNs(over.promise);
    await sleep(30);
    const beforeNs = Number(process.hrtime.bigint());
    const [error] = (await once(connect(port, "127.0.0.1"), "error").catch((refused: unknown) => [
      refused,
    ])) as [NodeJS.ErrnoException];
    expect(error.code).toBe("ECONNREFUSED");
    over.resolve();
    expect(await last).toBeGreaterThan(beforeNs);
  },
);
