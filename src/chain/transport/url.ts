/** URLs of endpoints. They hold secrets (user and password, keys in path or query): what leaves this file for print is the host. */
import { ChainError } from "../errors.ts";

/** An endpoint's URL, taken apart. */
export interface EndpointUrl {
  /** Where to post; without user and password, which `fetch` refuses in a URL. */
  readonly url: string;
  /** Host and port: the only part that is ever shown. */
  readonly host: string;
  /** `authorization`, when the URL had a user or a password. */
  readonly headers: Readonly<Record<string, string>>;
  /** Parts of the URL that nobody else may read, the longest first. */
  readonly secrets: readonly string[];
}

/** Several URLs in one text, separated by commas or white space: a comma inside a URL does not separate. */
export function splitUrls(text: string): string[] {
  return text
    .split(/[\s,]+(?=[a-z][a-z0-9+.-]*:\/\/)|\s+/i)
    .map((part) => part.replace(/^,+|,+$/g, ""))
    .filter((part) => part !== "");
}

/**
 * Takes a URL apart.
 *
 * @throws ChainError `bad-url` for anything but http and https; the message does not repeat the URL
 */
export function parseEndpointUrl(text: string): EndpointUrl {
  let url: URL;
  try {
    url = new URL(text.trim());
  } catch {
    throw new ChainError("bad-url", "An endpoint's URL is not one: it must begin with http:// or https://.");
  }
  if (url.protocol === "ws:" || url.protocol === "wss:") {
    throw new ChainError(
      "bad-url",
      `${url.host} is given as a WebSocket (${url.protocol}//), which is not spoken here: give the provider's http:// or https:// endpoint.`,
    );
  }
  if (url.protocol !== "http:" && url.protocol !== "https:") {
    throw new ChainError("bad-url", `An endpoint's URL must begin with http:// or https://, not ${url.protocol}//.`);
  }
  const { bare, headers, secrets } = withoutCredentials(url);
  return { url: bare, host: url.host, headers, secrets };
}

/** Moves user and password of a URL into an Authorization header (RFC 7617, UTF-8). */
export function withoutCredentials(url: URL): {
  bare: string;
  headers: Record<string, string>;
  secrets: string[];
} {
  const user = decode(url.username);
  const password = decode(url.password);
  const bare = new URL(url);
  bare.username = "";
  bare.password = "";
  const headers: Record<string, string> = {};
  const basic = user === "" && password === "" ? "" : base64(`${user}:${password}`);
  if (basic !== "") headers["authorization"] = `Basic ${basic}`;
  const parts = [
    basic,
    user,
    password,
    url.username,
    url.password,
    ...url.pathname.split("/").filter((part) => part.length >= 8),
    ...[...url.searchParams.values()].filter((part) => part.length >= 8),
  ];
  const secrets = [...new Set(parts)].filter((part) => part.length >= 4).sort((a, b) => b.length - a.length);
  return { bare: bare.href, headers, secrets };
}

/** A URL as it may be printed: its host (and port). */
export function redact(url: string): string {
  try {
    return new URL(url).host || "the given URL";
  } catch {
    return "the given URL";
  }
}

/** A text with every endpoint's URL in it cut down to its host. */
export function redactUrls(text: string): string {
  return text.replace(/\b(?:https?|wss?):\/\/[^\s"'`<>]+/gi, redact);
}

/**
 * Words of an endpoint, fit for a terminal: one line, no URL, none of the secrets of its own URL, at most 300 characters.
 */
export function tame(words: string, secrets: readonly string[] = [], most = 300): string {
  let text = redactUrls(words.slice(0, 4_000));
  for (const secret of secrets) text = text.replaceAll(secret, "…");
  // eslint-disable-next-line no-control-regex
  text = text.replace(/[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069]+/g, " ");
  text = text.replace(/\s+/g, " ").trim();
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function base64(text: string): string {
  let binary = "";
  for (const byte of new TextEncoder().encode(text)) binary += String.fromCharCode(byte);
  return btoa(binary);
}
