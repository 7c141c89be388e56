import { isIPv6 } from "node:net";
import { bytesToHex, hexToBytes } from "@noble/hashes/utils.js";
import { OmqError } from "./errors.ts";

/**
 * Where an OxenMQ listener is:
 *
 * - `curve`: TCP with CURVE; who answers holds the secret of `serverKey`
 * - `tcp`: TCP in the open: for one's own machine or network only
 * - `ipc`: a local socket
 */
export type OmqAddress =
  | {
      kind: "curve";
      url: string;
      host: string;
      port: number;
      /** X25519 public key, 32 bytes. */ serverKey: Uint8Array;
    }
  | { kind: "tcp"; url: string; host: string; port: number }
  | { kind: "ipc"; url: string; path: string };

const SCHEME = /^(curve|tcp\+curve|tcp|ipc):\/\//i;
const HOST_PORT = /^(\[[0-9a-fA-F:.%]+\]|[^[\]:/\s]+):([0-9]{1,5})$/;

/** Whether text names an OxenMQ listener, well or badly: it has one of the schemes. */
export function isOmqUrl(text: string): boolean {
  return SCHEME.test(text);
}

/**
 * Reads `curve://HOST:PORT/X25519HEX` (or `tcp+curve://`), `tcp://HOST:PORT` or `ipc:///path`. HOST is an IPv4 address, an IPv6
 * address in brackets or a name. The `url` of the result is the same for the same listener.
 *
 * @throws OmqError `address`
 */
export function parseOmqAddress(text: string): OmqAddress {
  const scheme = SCHEME.exec(text)?.[1]?.toLowerCase();
  if (scheme === undefined) throw refuse(text, "it begins with none of curve://, tcp:// and ipc://");
  const rest = text.slice(text.indexOf("://") + 3);
  if (scheme === "ipc") {
    // A socket's path has 107 bytes at most; the library cuts a longer one.
    if (!rest.startsWith("/") || Buffer.byteLength(rest) > 107) throw refuse(text, "ipc:// takes an absolute path");
    return { kind: "ipc", url: `ipc://${rest}`, path: rest };
  }
  const slash = rest.indexOf("/");
  const [authority, tail] = slash < 0 ? [rest, ""] : [rest.slice(0, slash), rest.slice(slash + 1)];
  const { host, port } = hostAndPort(text, authority);
  const written = `${isIPv6(host) ? `[${host}]` : host}:${port}`;
  if (scheme === "tcp") {
    if (tail !== "") throw refuse(text, "tcp:// takes a host and a port only");
    return { kind: "tcp", url: `tcp://${written}`, host, port };
  }
  const digits = tail.replace(/^0x/i, "").replace(/\/$/, "");
  if (!/^[0-9a-fA-F]{64}$/.test(digits)) throw refuse(text, "the key behind the port is not 64 hex digits");
  const serverKey = hexToBytes(digits);
  return { kind: "curve", url: `curve://${written}/${bytesToHex(serverKey)}`, host, port, serverKey };
}

/** The address of a node: its public IP, its port and its X25519 key, 64 hex digits. */
export function curveUrl(host: string, port: number, x25519Hex: string): string {
  return parseOmqAddress(`curve://${isIPv6(host) ? `[${host}]` : host}:${port}/${x25519Hex}`).url;
}

function hostAndPort(text: string, authority: string): { host: string; port: number } {
  const [, written = "", digits = ""] = HOST_PORT.exec(authority) ?? [];
  const bare = written.replace(/^\[|\]$/g, "").toLowerCase();
  const port = Number(digits);
  if (bare === "" || (written.startsWith("[") && !isIPv6(bare))) throw refuse(text, "it has no HOST:PORT");
  if (port < 1 || port > 65_535) throw refuse(text, "its port is not from 1 to 65535");
  return { host: isIPv6(bare) ? shortest(bare) : bare, port };
}

/** An IPv6 address in its one short form, in which ZeroMQ's events name it too; an IPv4 address in IPv6's clothes as what it is. */
function shortest(ipv6: string): string {
  // With a zone it is nobody else's business how it is written.
  if (ipv6.includes("%")) return ipv6;
  const short = new URL(`http://[${ipv6}]`).hostname.slice(1, -1);
  const [, high, low] = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(short) ?? [];
  if (high === undefined || low === undefined) return short;
  return [high, low].flatMap((word) => [Number.parseInt(word, 16) >> 8, Number.parseInt(word, 16) & 255]).join(".");
}

function refuse(text: string, why: string): OmqError {
  const shown = text.slice(0, 120).replace(/[^\x20-\x7e]+/g, " ");
  return new OmqError("address", `"${shown}" is no OxenMQ address: ${why}. Give curve://HOST:PORT/X25519HEX.`);
}
