import { createHash } from "node:crypto";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { daemonAt } from "./daemon/open.ts";
import type { DirectoryDaemon, Listing } from "./directory.ts";
import { mergeListings, readListing } from "./directory.ts";
import { CollectError } from "./errors.ts";
import type { ToldHeight } from "./heights.ts";
import type { NodeEndpoint } from "./nodes.ts";

/** How lists of nodes are got and kept. */
export interface DirectoriesOptions {
  /** Daemons: `http(s)://`, `curve://`, `tcp://` or `ipc://`. */
  urls: readonly string[];
  /** Where lists are kept between runs; nowhere when left out. */
  folder?: string | undefined;
  /** How old a kept list may be to be used without asking. Default 600 s. */
  maxAgeSeconds?: number | undefined;
  /** Default 15,000 ms. */
  timeoutMs?: number | undefined;
  /** Told when a directory does not answer: its list of so many seconds ago is used, or none. */
  onTrouble?: (trouble: { source: string; error: Error; ageSeconds: number | undefined }) => void;
  /** Unix ms. */
  now?: () => number;
}

const kept = z.object({
  format: z.literal("session-directory-1"),
  source: z.string(),
  at: z.number(),
  height: z.number().optional(),
  blockHash: z.string().optional(),
  nodes: z.array(z.object({ url: z.string().max(200), blsPubkey: z.string().max(200).optional() })),
  unaddressed: z.number(),
  refused: z.number(),
});

/**
 * Who the nodes are, from one or several daemons that need not be trusted: their lists are merged, and what they say of keys is
 * believed only as far as the contract agrees. Lists are kept on disk with their age.
 */
export class Directories {
  readonly #options: DirectoriesOptions;
  readonly #daemons: readonly DirectoryDaemon[];
  #listings: Listing[] = [];

  constructor(options: DirectoriesOptions) {
    this.#options = options;
    const timeoutMs = options.timeoutMs ?? 15_000;
    this.#daemons = [...new Set(options.urls)].map((url) => ({ url, transport: daemonAt(url), timeoutMs }));
  }

  /** The lists that were used last. */
  get listings(): readonly Listing[] {
    return this.#listings;
  }

  /**
   * The nodes of all lists.
   *
   * @throws CollectError `unavailable` when no directory answers and none of its lists is kept
   */
  async nodes(): Promise<NodeEndpoint[]> {
    const results = await Promise.all(this.#daemons.map((daemon) => this.#listing(daemon)));
    this.#listings = results.filter((result): result is Listing => !(result instanceof Error));
    if (this.#listings.length === 0) {
      const errors = results.filter((result): result is Error => result instanceof Error);
      throw new CollectError(
        "unavailable",
        `No directory gives a list of nodes. ${errors.map((e) => e.message).join(" ")}`,
      );
    }
    return mergeListings(this.#listings);
  }

  /** The newest heights that the directories tell now; who does not answer is left out. */
  async heights(): Promise<ToldHeight[]> {
    return (await Promise.all(this.#daemons.map(tellHeight))).filter((told) => told !== undefined);
  }

  /** Closes their connections. */
  async close(): Promise<void> {
    await Promise.all(this.#daemons.map(({ transport }) => transport.close()));
  }

  async #listing(daemon: DirectoryDaemon): Promise<Listing | Error> {
    const { now = Date.now, maxAgeSeconds = 600, onTrouble } = this.#options;
    const known = this.#listings.find(({ source }) => source === daemon.url) ?? (await this.#load(daemon.url));
    const age = known && now() / 1_000 - known.at;
    if (known && age !== undefined && age >= 0 && age < maxAgeSeconds) return known;
    try {
      const listing = await readListing(daemon, known, now);
      await this.#save(listing);
      return listing;
    } catch (error) {
      if (!(error instanceof CollectError)) throw error;
      const source = daemon.url;
      onTrouble?.({ source, error, ageSeconds: age === undefined ? undefined : Math.round(age) });
      return known ?? error;
    }
  }

  #path(url: string): string | undefined {
    const { folder } = this.#options;
    return folder && join(folder, `directory-${createHash("sha256").update(url).digest("hex").slice(0, 16)}.json`);
  }

  async #load(url: string): Promise<Listing | undefined> {
    const path = this.#path(url);
    if (path === undefined) return undefined;
    try {
      const parsed = kept.parse(JSON.parse(await readFile(path, "utf8")));
      return parsed.source === url ? parsed : undefined;
    } catch {
      // None, or damaged: asked anew.
      return undefined;
    }
  }

  async #save(listing: Listing): Promise<void> {
    const path = this.#path(listing.source);
    if (path === undefined) return;
    try {
      await mkdir(this.#options.folder as string, { recursive: true, mode: 0o700 });
      const temporary = `${path}.${process.pid}`;
      await writeFile(temporary, JSON.stringify({ format: "session-directory-1", ...listing }), { mode: 0o600 });
      await rename(temporary, path);
    } catch {
      // A list that cannot be kept is asked for again next time.
    }
  }
}

const info = z.object({ height: z.bigint().nonnegative().max(BigInt(Number.MAX_SAFE_INTEGER)) });

/** The newest height of a daemon's chain; undefined when it does not tell. */
export async function tellHeight({ url, transport, timeoutMs }: DirectoryDaemon): Promise<ToldHeight | undefined> {
  for (const method of ["get_info", "get_height"]) {
    try {
      const parsed = info.safeParse(await transport.call(method, {}, { timeoutMs }));
      if (parsed.success) return { height: Number(parsed.data.height), source: url };
    } catch (error) {
      if (!(error instanceof CollectError)) throw error;
    }
  }
  return undefined;
}
