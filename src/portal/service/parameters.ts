/** What comes in by path, query and form. All of it is hostile: bounded, and taken only in the one form that it has. */
import { getAddress } from "ethers";
import type { FastifyRequest } from "fastify";
import { bare } from "../index/index.ts";
import { PortalError } from "./refusal.ts";

/** 40 digits of lower-case hex. @throws PortalError 404 for what is no address, 400 for a wrong checksum */
export function addressInPath(text: string): string {
  if (!/^0x[0-9a-fA-F]{40}$/.test(text))
    throw new PortalError(404, "not-found", "There is no such page: that is no address.");
  const address = readAddress(text);
  if (address !== undefined) return address;
  throw new PortalError(400, "bad-checksum", "The address has a wrong checksum: copy it again.");
}

/** 64 digits of lower-case hex. @throws PortalError 404 for what is no key */
export function keyInPath(text: string): string {
  if (/^[0-9a-fA-F]{64}$/.test(text)) return text.toLowerCase();
  throw new PortalError(404, "not-found", "There is no such page: that is no Ed25519 key (64 hex digits).");
}

/** An address with 0x as 40 digits; undefined for anything else, and for a wrong checksum where there is one. */
export function readAddress(text: unknown): string | undefined {
  if (typeof text !== "string" || !/^0x[0-9a-fA-F]{40}$/.test(text)) return undefined;
  try {
    return bare(getAddress(text));
  } catch {
    return undefined;
  }
}

/** Bytes in hex (with or without 0x) or base64 (either alphabet), as lower-case hex; undefined for anything else. */
export function readBytes(text: unknown, bytes: number): string | undefined {
  if (typeof text !== "string" || text.length > 4 * bytes) return undefined;
  const hex = bare(text.trim());
  if (hex.length === 2 * bytes && /^[0-9a-f]+$/.test(hex)) return hex;
  // A "+" of a form that was not escaped has become a blank.
  const base64 = text.trim().replaceAll(" ", "+").replaceAll("-", "+").replaceAll("_", "/").replace(/=+$/, "");
  if (!/^[A-Za-z0-9+/]+$/.test(base64) || base64.length !== Math.ceil((bytes * 4) / 3)) return undefined;
  const decoded = Buffer.from(base64, "base64");
  return decoded.length === bytes ? decoded.toString("hex") : undefined;
}

/** A whole amount below 2^96; undefined for anything else. */
export function readAmount(text: unknown): bigint | undefined {
  return typeof text === "string" && /^\d{1,28}$/.test(text) ? BigInt(text) : undefined;
}

/** One value, a list where the name is repeated, or none. */
export type Fields = Readonly<Record<string, string | string[] | undefined>>;

/** The query as it came: names may repeat. */
export function queryOf(request: FastifyRequest): Fields {
  const [, query = ""] = request.url.split(/\?(.*)/s);
  return toFields(new URLSearchParams(query));
}

/** Fields of a JSON object; of anything else none. */
export function toObject(text: string): Fields {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== "object" || value === null) return {};
    const plain = Object.entries(value).filter(([, one]) => ["string", "number"].includes(typeof one));
    return Object.fromEntries(plain.map(([name, one]) => [name, String(one)]));
  } catch {
    return {};
  }
}

export function toFields(given: URLSearchParams): Fields {
  const fields: Record<string, string | string[]> = Object.create(null) as Record<string, string | string[]>;
  for (const name of new Set(given.keys())) {
    const values = given.getAll(name).slice(0, 100);
    // Slots are a list however many there are.
    fields[name] = /^res_/.test(name) ? values : (values[0] ?? "");
  }
  return fields;
}
