import { createHash } from "node:crypto";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { writeAtomically } from "../../chain/files/index.ts";
import { readNodeSet } from "../../chain/index.ts";
import type { CollectRequest } from "../../collect/index.ts";
import { CollectError, CollectionCancelled, restoreCollected, saveCollected } from "../../collect/index.ts";
import { CliError } from "../terminal/errors.ts";
import type { Output } from "../terminal/output.ts";
import type { Session } from "../session/session.ts";
import { fromCollected } from "../session/signed.ts";
import type { Signed } from "../session/signed.ts";
import { readJson, stateDirectory } from "../session/state.ts";

/**
 * How long kept signatures are used without asking the network again. They do not expire on-chain, but what is earned meanwhile
 * is not in them.
 */
const RESUME_SECONDS = 1_800;

const shape = z.object({
  /** Unix seconds of the machine's clock. */
  collectedAt: z.number().optional(),
  /** A saved collection; checked when it is restored. Missing for a claim that needed no signature. */
  collection: z.unknown().optional(),
});
type Kept = z.output<typeof shape>;

/**
 * Signatures of an unfinished claim on disk: a claim that was interrupted (or that ran out of its time limit) goes on with them
 * instead of asking all nodes again. What was sent with them, the account's journal knows.
 */
export class ClaimStore {
  readonly #session: Session;
  readonly #out: Output;
  readonly #path: string;

  constructor(
    session: Session,
    recipients: readonly string[],
    args: { stateDir: string | undefined },
    env: Readonly<Record<string, string | undefined>>,
    out: Output,
  ) {
    this.#session = session;
    this.#out = out;
    const names = recipients.map((address) => address.toLowerCase());
    const [only] = names;
    const name = names.length === 1 ? only : createHash("sha256").update(names.join()).digest("hex").slice(0, 40);
    const place = `${session.chainId}-${session.rewardsAddress.toLowerCase()}`;
    this.#path = join(stateDirectory(args.stateDir, env), "claims", place, `${name}.json`);
  }

  /** The kept signatures if they are still good: fresh, more than the contract knows, enough of the present nodes. */
  async load(request: CollectRequest, recorded: readonly bigint[]): Promise<Signed | undefined> {
    const kept = await this.#read();
    if (kept?.collectedAt === undefined) return undefined;
    const age = Date.now() / 1_000 - kept.collectedAt;
    if (age > RESUME_SECONDS || age < -60) return undefined;
    try {
      const set = await readNodeSet(this.#session.rewards);
      const { chainId, rewardsAddress: contract } = this.#session;
      const collected = restoreCollected(kept.collection, { chainId, contract, set });
      const same = JSON.stringify(collected.request) === JSON.stringify(request);
      const asked =
        request.kind === "rewards" ? request.recipients : request.kind === "reward" ? [request.recipient] : [];
      const before = new Map(asked.map((recipient, i) => [recipient.toLowerCase(), recorded[i] ?? 0n]));
      const useful = collected.rewards.every(({ recipient, amount }) => amount > (before.get(recipient) ?? 0n));
      if (!same || !useful) return undefined;
      this.#out.note(`going on with signatures collected ${Math.round(age)} s ago (--fresh asks the nodes again)`);
      return fromCollected(collected);
    } catch (error) {
      // Not enough of the signers are left, or the file is damaged: the network is asked again.
      if (error instanceof CollectError) return undefined;
      throw error;
    }
  }

  /**
   * Asks the network and keeps what it signed; when that is interrupted, what was enough by then.
   *
   * @throws CliError `interrupted` when something was kept
   */
  async collect(ask: () => Promise<Signed>): Promise<Signed> {
    try {
      const signed = await ask();
      await this.save(signed);
      return signed;
    } catch (error) {
      if (!(error instanceof CollectionCancelled) || !error.collected) throw error;
      await this.save(fromCollected(error.collected));
      throw this.interrupted();
    }
  }

  /** What to say of an interruption after {@link save}. */
  interrupted(): CliError {
    const fix = `The signatures are kept in ${this.#path}: the same command goes on from there.`;
    return new CliError("interrupted", "Interrupted before anything was sent.", fix);
  }

  /** Keeps what can be restored: single signatures. A daemon gives none, and is simply asked again. */
  async save({ collected }: Signed): Promise<void> {
    if (!collected) return;
    const { chainId, rewardsAddress: contract } = this.#session;
    await this.#write({
      collectedAt: Math.floor(Date.now() / 1_000),
      collection: saveCollected(collected, { chainId, contract }),
    });
  }

  /** The claim is done: nothing is left to resume. */
  async clear(): Promise<void> {
    await rm(this.#path, { force: true });
  }

  #read(): Promise<Kept | undefined> {
    return readJson(this.#path, shape);
  }

  #write(kept: Kept): Promise<void> {
    return writeAtomically(this.#path, `${JSON.stringify(kept)}\n`);
  }
}
