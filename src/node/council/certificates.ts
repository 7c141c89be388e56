/** The certificates that a node knows, as its chain goes on: what it cannot judge yet waits, what the chain took back goes out. */
import type { Logger } from "pino";
import type { Ledger } from "../ledger.ts";
import type { NodeParams } from "../params.ts";
import { checkCertificate, rejectionOf, votesOf } from "../quorum/certificate.ts";
import type { Certificate } from "../quorum/certificate.ts";
import { judgementKey } from "../quorum/messages.ts";
import type { QuorumTags } from "../quorum/messages.ts";
import type { Quorums } from "../quorum/quorums.ts";
import { CertificateSet } from "../quorum/set.ts";
import type { QuorumSignatures } from "../quorum/signatures.ts";
import type { Store } from "../store.ts";

/** A certificate from so many rounds ahead may be right: this node's chain is a little behind. */
const ROUNDS_AHEAD = 10;
/** Certificates that wait for the chain, at most. */
const WAITING = 1_000;

export interface CertificatesDependencies {
  readonly params: NodeParams;
  readonly tags: QuorumTags;
  readonly logger: Logger;
  readonly ledger: () => Ledger;
  readonly quorums: Quorums;
  readonly signatures: QuorumSignatures;
  readonly store: Store | undefined;
  /** Told of certificates that are new here and that others may lack. */
  readonly onNews: (certificates: readonly Certificate[]) => void;
}

export class Certificates {
  readonly set: CertificateSet;
  readonly #deps: CertificatesDependencies;
  /** Certificates of rounds that the chain has not reached here. */
  #waiting = new Map<string, Certificate>();
  /** Hashes of the rounds of recent certificates: the chain may take a round back. */
  readonly #hashes = new Map<number, string>();

  constructor(dependencies: CertificatesDependencies) {
    this.#deps = dependencies;
    this.set = new CertificateSet(dependencies.params);
  }

  /** Takes certificates from whomever; those that hold are kept, and passed on. @returns how many were new */
  take(certificates: readonly Certificate[]): number {
    const { quorums, tags, signatures } = this.#deps;
    const good: Certificate[] = [];
    for (const certificate of certificates) {
      if (this.set.has(certificate)) continue;
      const rejection = rejectionOf(certificate, quorums, tags, signatures.verifyAggregate);
      if (rejection === undefined) good.push(certificate);
      else if (rejection === "unknown-round") this.#wait(certificate);
    }
    return this.adopt(good);
  }

  /** Takes in what an archive vouches for: the signatures were verified by others, what the chain says is looked at here. */
  takeVouched(certificates: readonly Certificate[]): void {
    const { quorums } = this.#deps;
    this.#add(certificates.filter((certificate) => typeof checkCertificate(certificate, quorums) !== "string"));
  }

  /** Takes in what was verified here, and passes it on. @returns how many were new */
  adopt(certificates: readonly Certificate[]): number {
    const news = this.#add(certificates);
    for (const { round, worker, change, voters } of news) {
      this.#deps.logger.info({ round, worker: `${worker}`, change, votes: votesOf(voters) }, "certificate");
    }
    this.#deps.onNews(news);
    return news.length;
  }

  #add(certificates: readonly Certificate[]): Certificate[] {
    const { ledger, store } = this.#deps;
    const news = certificates.filter((certificate) => this.set.add(certificate));
    for (const { round } of news) {
      const hash = ledger().roundHash(round);
      if (hash !== undefined) this.#hashes.set(round, hash);
    }
    void store?.addCertificates(news);
    return news;
  }

  /** Takes in what was on disk. Its signatures were verified when it was written. */
  restore(certificates: readonly Certificate[]): void {
    for (const certificate of certificates) {
      if (typeof checkCertificate(certificate, this.#deps.quorums) !== "string") this.set.add(certificate);
    }
  }

  /** Takes out certificates of rounds that the chain took back, and takes in those of rounds that have come. */
  followChain(): void {
    const { params } = this.#deps;
    const ledger = this.#deps.ledger();
    for (const [round, hash] of this.#hashes) {
      if (ledger.roundHash(round) === hash) {
        if (round < ledger.round - 2 * params.voteRounds) this.#hashes.delete(round);
        continue;
      }
      this.#hashes.delete(round);
      const stale = this.set.between(round, round + 1);
      this.set.remove((certificate) => certificate.round === round);
      for (const certificate of stale) this.#waiting.set(judgementKey(certificate), certificate);
    }
    if (this.#waiting.size === 0) return;
    const waiting = [...this.#waiting.values()];
    this.#waiting = new Map();
    this.take(waiting);
  }

  #wait(certificate: Certificate): void {
    const { round } = this.#deps.ledger();
    const isSoon = round < certificate.round && certificate.round <= round + ROUNDS_AHEAD;
    if (isSoon && this.#waiting.size < WAITING) this.#waiting.set(judgementKey(certificate), certificate);
  }
}
