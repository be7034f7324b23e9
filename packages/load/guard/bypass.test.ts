import { BrimlineError } from "@brimline/core/error";
import { describe, expect, test } from "vitest";
import { createGuard, type GuardOptions } from "./guard.ts";

/**
 * What the guard says of a URL: "open", or the code of its refusal. Anything but a BrimlineError fails the
 * test.
 */
function verdict(url: string, options: GuardOptions = { profile: "cloud" }): string {
  try {
    createGuard(options).judge(url);
    return "open";
  } catch (error) {
    if (error instanceof BrimlineError) return error.code;
    throw error;
  }
}

const REFUSED_IN_CLOUD: Record<string, string[]> = {
  "loopback and this host": [
    "http://127.0.0.1/",
    "http://127.0.0.1:8000/v1",
    "https://127.0.0.1/",
    "http://127.127.127.127/",
    "http://127.255.255.254:8000/",
    "http://0.0.0.0:8000/",
    "http://0.1.2.3/",
    "http://[::1]/",
    "http://[::1]:8000/v1",
    "http://[::]/",
    "http://[::]:8000/",
  ],
  "other spellings of IPv4": [
    "http://127.1/",
    "http://127.0.1/",
    "http://0/",
    "http://2130706433/",
    "http://017700000001/",
    "http://0177.0.0.1/",
    "http://0177.0.0.01/",
    "http://0x7f.0.0.1/",
    "http://0x7f000001/",
    "http://0X7F000001/",
    "http://0x7f.1/",
    "http://127.0.0.1./",
    "http://127.0.0.0x1/",
    "http://2852039166/",
    "http://0xA9FEA9FE/",
    "http://0251.0376.0251.0376/",
    "http://0xa9.0xfe.0xa9.0xfe/",
    "http://169.254.43518/",
    "http://169.16689662/",
    "http://134744072/",
    "http://010.8.8.8/",
    "http://0x8.8.8.8/",
    "http://8.8.2056/",
    "http://1.1/",
    "http://256.256.256.256/",
    "http://1.2.3.4.5/",
    "http://0x100000000/",
    "http://4294967296/",
    "http://1.2.3.0x/",
    "http://a.0x7f/",
    "http://example.1/",
    "http://o177.0.0.1/",
  ],
  "other spellings of IPv6": [
    "http://[0:0:0:0:0:0:0:1]/",
    "http://[0000::0001]/",
    "http://[::ffff:127.0.0.1]/",
    "http://[::ffff:7f00:1]/",
    "http://[::FFFF:127.0.0.1]/",
    "http://[0:0:0:0:0:ffff:a9fe:a9fe]/",
    "http://[::ffff:8.8.8.8]/",
    "http://[2606:4700:4700:0::1111]/",
    "http://[2606:4700:4700::1111%25eth0]/",
    "http://[::ffff:0:127.0.0.1]/",
    "http://[::127.0.0.1]/",
    "http://[::1",
    "http://::1/",
    "http://[::1]a/",
    "http://[v1.fe80::a+en1]/",
    "http://[]/",
  ],
  "IPv6 that carries IPv4": [
    "http://[64:ff9b::a9fe:a9fe]/",
    "http://[64:ff9b::7f00:1]/",
    "http://[64:ff9b::808:808]/",
    "http://[64:ff9b:1::a9fe:a9fe]/",
    "http://[2002:7f00:1::]/",
    "http://[2002:a9fe:a9fe::1]/",
    "http://[2002:a00:1::1]/",
    "http://[2001:0:4136:e378:8000:63bf:3fff:fdd2]/",
    "http://[::a9fe:a9fe]/",
    "http://[2600::5efe:7f00:1]/",
    "http://[2600::200:5efe:a00:1]/",
  ],
  "special ranges of IPv6": [
    "http://[fe80::1]/",
    "http://[fe80::1%25eth0]/",
    "http://[fc00::1]/",
    "http://[fd12:3456:789a::1]:8000/",
    "http://[fec0::1]/",
    "http://[ff02::1]/",
    "http://[2001:db8::1]/",
    "http://[3fff::1]/",
    "http://[100::1]/",
    "http://[5f00::1]/",
    "http://[2001:20::1]/",
    "http://[2001:2::1]/",
    "http://[2620:4f:8000::1]/",
    "http://[4000::1]/",
    "http://[8000::1]/",
  ],
  "cloud metadata": [
    "http://169.254.169.254/latest/meta-data/",
    "http://169.254.169.254:80/latest/meta-data/",
    "http://169.254.170.2/v2/credentials",
    "http://169.254.170.23/v1/credentials",
    "http://169.254.169.253/",
    "http://169.254.169.123/",
    "http://169.254.79.129:2000/",
    "http://168.63.129.16/",
    "http://100.100.100.200/",
    "http://192.0.0.192/",
    "http://[fd00:ec2::254]/latest/meta-data",
    "http://[fd00:ec2::23]/",
    "http://[fd20:ce::254]/",
    "http://metadata/",
    "http://metadata.google.internal/computeMetadata/v1/",
    "http://metadata.google.internal./computeMetadata/v1/",
    "http://instance-data/",
    "http://instance-data.ec2.internal/",
    "http://metadata.tencentyun.com/",
  ],
  "special ranges of IPv4": [
    "http://10.0.0.1/",
    "http://10.255.255.255/",
    "http://172.16.0.1/",
    "http://172.31.255.255/",
    "http://192.168.1.1/",
    "http://100.64.0.1/",
    "http://100.127.255.255/",
    "http://198.18.0.1/",
    "http://198.19.255.255/",
    "http://192.0.2.1/",
    "http://198.51.100.7/",
    "http://203.0.113.9/",
    "http://192.0.0.8/",
    "http://192.88.99.1/",
    "http://192.175.48.1/",
    "http://224.0.0.1/",
    "http://239.255.255.250/",
    "http://240.0.0.1/",
    "http://255.255.255.255/",
  ],
  "names that are not public": [
    "http://localhost/",
    "http://LOCALHOST:8000/",
    "http://localhost./",
    "http://foo.localhost/",
    "http://localhost.localdomain/",
    "http://kubernetes.default.svc/",
    "http://api.cluster.local/",
    "http://printer.local/",
    "http://router.home.arpa/",
    "http://db/",
    "http://vllm:8000/v1",
    "http://x.internal/",
    "http://x.internal./",
    "http://wiki.corp/",
    "http://host.docker.internal:8000/",
    "http://1.0.0.127.in-addr.arpa/",
    "http://abc.onion/",
    "http://service.consul:8000/",
  ],
  "hosts that two parsers read differently": [
    "http://user@127.0.0.1/",
    "http://example.com@169.254.169.254/",
    "http://example.com:80@127.0.0.1/",
    "http://@example.com/",
    "http://:@example.com/",
    "http://127.0.0.1:80\\@example.com/",
    "http://example.com\\@127.0.0.1/",
    "http:\\\\127.0.0.1/",
    "http://127.0.0.1#@example.com/",
    "http://example.com#@127.0.0.1/",
    "http://127.0.0.1?@example.com/",
    "http://exam\tple.com/",
    "http://exam\nple.com/",
    " http://example.com/",
    "http://example.com/\n",
    "http://127.0.0.1\u0000.example.com/",
    "http://example.com%00/",
    "http://1.1.1.1 &@2.2.2.2# @3.3.3.3/",
    "http://example.com/#top",
    "http://example.com:80:80/",
    "http://127.0.0.1:80:80/",
    "http://127.0.0.1:8000,example.com/",
    "http://example.com;127.0.0.1/",
  ],
  "letters and digits that are others in disguise": [
    "http://①②⑦.⓪.⓪.①/",
    "http://１２７.0.0.1/",
    "http://127。0。0。1/",
    "http://127．0．0．1/",
    "http://127｡0｡0｡1/",
    "http://⑯⑨。②⑤④。⑯⑨。②⑤④/",
    "http://ⓔⓧⓐⓜⓟⓛⓔ.com/",
    "http://ｌｏｃａｌｈｏｓｔ/",
    "http://%31%32%37.0.0.1/",
    "http://%6c%6f%63alhost/",
    "http://127.0.0.1%2f@example.com/",
    "http://127%2e0%2e0%2e1/",
    "http://exa\u00admple.com/",
    "http://loc\u200balhost/",
    "http://loc\u2060alhost/",
    "http://\u202eelpmaxe.com/",
    "http://exampl\u00e9.com/",
    "http://example\u3002com/",
  ],
  "other schemes and forms": [
    "file:///etc/passwd",
    "gopher://127.0.0.1:25/",
    "dict://127.0.0.1:11211/",
    "ftp://example.com/",
    "ldap://localhost/",
    "data:text/plain,hi",
    "javascript:alert(1)",
    "blob:https://example.com/1",
    "ws://example.com/",
    "wss://example.com/",
    "about:blank",
    "jar:http://127.0.0.1!/",
    "unix:/var/run/docker.sock",
    "http+unix://%2Fvar%2Frun%2Fdocker.sock/",
    "//127.0.0.1/",
    "127.0.0.1",
    "127.0.0.1:8000",
    "example.com",
    "http:127.0.0.1",
    "http:/127.0.0.1",
    "http:///127.0.0.1",
    "http:////127.0.0.1",
    "https:example.com",
    "http://",
    "http://?",
    "",
  ],
  "ports of other services": [
    "http://example.com:0/",
    "http://example.com:22/",
    "http://example.com:25/",
    "http://example.com:6379/",
    "http://example.com:11211/",
    "http://example.com:2375/",
    "http://example.com:10250/",
    "http://example.com:65536/",
    "http://example.com:-1/",
    "http://example.com:+80/",
    "http://example.com:00080/",
    "http://example.com:00080a/",
    "http://example.com:8e3/",
    "http://example.com:８０/",
  ],
  "names that are none": [
    "http://example..com/",
    "http://.example.com/",
    "http://-/",
    "http://-example.com/",
    "http://example-.com/",
    "http://exa$mple.com/",
    "http://exa*mple.com/",
    `http://${"a".repeat(64)}.com/`,
    `http://${"a.".repeat(130)}com/`,
    `http://example.com/${"a".repeat(2050)}`,
  ],
};

const strings = Object.entries(REFUSED_IN_CLOUD).flatMap(([group, urls]) =>
  urls.map((url) => ({ group, url })),
);

describe("the cloud profile", () => {
  test("is tried with more than 200 strings", () =>
    expect(new Set(strings.map(({ url }) => url)).size).toBeGreaterThan(200));

  test.each(strings)("refuses $url ($group)", ({ url }) =>
    expect(["address_refused", "host_not_canonical"]).toContain(verdict(url)),
  );

  test.each([
    "https://api.openai.com/v1",
    "https://API.Example.com:8443/v1?x=1",
    "HTTP://example.com/",
    "http://8.8.8.8:8000/v1",
    "http://8.8.8.8:80/v1",
    "https://[2606:4700:4700::1111]/v1",
    "https://xn--bcher-kva.com/v1",
    "https://host.runpod.net:30000/v1",
    "http://a_b.example.com:11434/",
    "https://my-endpoint.us-east-1.elb.amazonaws.com/v1/chat/completions",
    "http://100.63.255.255/",
    "http://172.32.0.1/",
  ])("opens %s", (url) => expect(verdict(url)).toBe("open"));
});

describe("the local profile", () => {
  test.each([
    "http://127.0.0.1:8000/v1",
    "http://localhost:11434/v1",
    "http://[::1]:8000/",
    "http://gpu-box:8000/v1",
    "http://vllm.local:8000/v1",
    "http://192.168.1.20:8000/v1",
    "http://10.1.2.3/v1",
    "http://[fd12:3456:789a::1]:8000/",
    "http://100.101.102.103:8000/v1",
    "https://api.openai.com/v1",
  ])("opens %s", (url) => expect(verdict(url, { profile: "local" })).toBe("open"));

  const shut = new Set([
    "cloud metadata",
    "hosts that two parsers read differently",
    "other spellings of IPv4",
    "other schemes and forms",
    "ports of other services",
  ]);
  test.each(strings.filter(({ group }) => shut.has(group)))("refuses $url ($group)", ({ url }) =>
    expect(verdict(url, { profile: "local" })).not.toBe("open"),
  );
});

describe("an allow-list", () => {
  const everything: GuardOptions = { profile: "cloud", allow: [{ cidr: "0.0.0.0/0" }, { cidr: "::/0" }] };

  test.each([
    "http://169.254.169.254/",
    "http://[::ffff:a9fe:a9fe]/",
    "http://[2002:a9fe:a9fe::]/",
    "http://[64:ff9b::a9fe:a9fe]/",
    "http://[::a9fe:a9fe]/",
    "http://[fd00:ec2::254]/",
    "http://169.254.170.2/",
    "http://0xA9FEA9FE/",
    "http://metadata.google.internal/",
  ])("of everything leaves %s shut", (url) => expect(verdict(url, everything)).not.toBe("open"));

  test("of everything opens a private address", () =>
    expect(verdict("http://10.0.0.1/", everything)).toBe("open"));

  test.each([
    ["the port it names", "http://10.1.2.9:8000/", "open"],
    ["no other port", "http://10.1.2.9:8001/", "address_refused"],
    ["no address outside", "http://10.1.3.9:8000/", "address_refused"],
    ["a private name, whose answers are judged later", "http://vllm.internal:8000/", "open"],
  ])("of 10.1.2.0/24 on port 8000 opens %s", (_fact, url, expected) =>
    expect(verdict(url, { profile: "cloud", allow: [{ cidr: "10.1.2.0/24", ports: [8000] }] })).toBe(
      expected,
    ),
  );

  test.each(["http://127.0.0.1:9001/", "http://169.254.79.129:2000/", "http://[64:ff9b::7f00:1]/"])(
    "opens nothing of a Lambda function's own: %s",
    (url) => {
      expect(verdict(url, everything)).toBe("open");
      expect(verdict(url, { ...everything, inLambda: true })).toBe("address_refused");
    },
  );

  test.each(["10.0.0.0", "10.0.0.0/33", "::/129", "10.0.0/8", "example.com/8", ""])(
    "that says %j is a start error, not an open door",
    (cidr) =>
      expect(() => createGuard({ profile: "cloud", allow: [{ cidr }] })).toThrow(/not an address range/),
  );
});

describe("our own hosts", () => {
  const guard: GuardOptions = {
    profile: "local",
    denyHosts: ["bench.example.com", "127.0.0.1:4870", "192.168.1.5"],
  };

  test.each([
    ["by name", "https://bench.example.com/v1"],
    ["by a name below it", "https://API.bench.example.com/v1"],
    ["by loopback and port", "http://127.0.0.1:4870/v1"],
    ["by another loopback address", "http://127.8.8.8:4870/v1"],
    ["by loopback over IPv6", "http://[::1]:4870/v1"],
    ["by localhost", "http://localhost:4870/v1"],
    ["by address, on any port", "http://192.168.1.5:9999/v1"],
  ])("are refused %s", (_fact, url) => expect(verdict(url, guard)).toBe("address_refused"));

  test.each(["http://127.0.0.1:8000/v1", "http://localhost:8000/v1", "https://notbench.example.com/v1"])(
    "leave %s open",
    (url) => expect(verdict(url, guard)).toBe("open"),
  );
});

describe("a refusal names the fix", () => {
  const messageOf = (url: string, options: GuardOptions = { profile: "local" }): string => {
    try {
      createGuard(options).judge(url);
    } catch (error) {
      return error instanceof Error ? error.message : "";
    }
    throw new Error(`${url} was not refused`);
  };

  test.each([
    ["http://0x7f.1:8000/v1", "write the address as 127.0.0.1"],
    ["http://[::ffff:127.0.0.1]:8000/v1", "write the address as 127.0.0.1"],
    ["http://[0:0:0:0:0:0:0:1]:8000/v1", "write the address as [::1]"],
    ["http://B\u00fccher.example/v1", "write the host as xn--bcher-kva.example"],
    ["http://example.com:08000/v1", "write the port as 8000"],
    ["http://example.com./v1", "ends in a dot; write it without"],
    ["http://0.0.0.0:8000/v1", "write 127.0.0.1"],
    ["http://key@example.com/v1", "leave them out"],
    ["localhost:8000/v1", "write it as http://host:8000/v1"],
    ["example.com/v1", "write it as http://host:8000/v1"],
    ["http://169.254.169.254/", "metadata"],
    ["http://example.com:22/", "ports below 1024 other than 80 and 443"],
    ["http://example.com:6379/", "port 6379"],
  ])("%s: %s", (url, fix) => expect(messageOf(url)).toContain(fix));

  test("and never repeats a password of the URL", () =>
    expect(messageOf("http://user:hunter2@example.com/")).not.toContain("hunter2"));

  test("in the cloud it points at the operator's allow-list", () =>
    expect(messageOf("http://10.0.0.1/", { profile: "cloud" })).toContain("ask the operator"));
});
