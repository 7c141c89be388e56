/**
 * One peer's standing in this node's eyes, from the tests it passed and failed: active, decommissioned while its credit lasts,
 * then deregistered for good. Pure; times are unix seconds of the node's clock.
 *
 * A peer fails from its first failed test after the last good one (not from the last good one: the clock of a test chain may jump
 * by days between two tests, and nobody may be punished for that). After `proofValidity` of failing it is decommissioned, and
 * after as many rounds more as it has credit it is deregistered.
 */
import type { StandingParams } from "./params.ts";

/** How a peer stands: answering; missing tests, which its last proof still excuses; living on credit; given up. */
export type StandingState = "active" | "failing" | "decommissioned" | "deregistered";

export class Standing {
  readonly #params: StandingParams & { readonly roundSeconds: number };
  #creditAnchor: number;
  #creditAtAnchor: number;
  #failingSince: number | null = null;
  #lastFailed = 0;
  #failedTests = 0;
  #deregisteredAt: number | null = null;
  #lastSeen: number | null = null;

  constructor(params: StandingParams & { readonly roundSeconds: number }, registeredAt: number) {
    this.#params = params;
    this.#creditAnchor = registeredAt;
    this.#creditAtAnchor = params.initialCredit;
  }

  /** Time of the last good answer, or null. */
  get lastSeen(): number | null {
    return this.#lastSeen;
  }

  /** Time of the deregistration, or null. */
  get deregisteredAt(): number | null {
    return this.#deregisteredAt;
  }

  /** Rounds of being decommissioned that the peer could afford, were it to fail from `at` on. */
  credit(at: number): number {
    const days = Math.max(0, at - this.#creditAnchor) / this.#params.daySeconds;
    return Math.min(this.#params.maxCredit, this.#creditAtAnchor + Math.floor(days * this.#params.creditPerDay));
  }

  /** As of the last test. */
  get state(): StandingState {
    if (this.#deregisteredAt !== null) return "deregistered";
    if (this.#failingSince === null) return "active";
    return this.#lastFailed >= this.#failingSince + this.#params.proofValidity ? "decommissioned" : "failing";
  }

  /** Takes in the result of one test. A deregistration is never taken back. */
  record(passed: boolean, at: number): void {
    if (passed) this.#lastSeen = at;
    if (this.#deregisteredAt !== null) return;
    if (passed) this.#recover(at);
    else this.#fail(at);
  }

  #recover(at: number): void {
    if (this.#failingSince !== null && this.state === "decommissioned") {
      // What the time of being decommissioned has used up is gone; earning starts again from here. It lasted to the last failed
      // test: what was between that and this good one is not known.
      const since = this.#failingSince + this.#params.proofValidity;
      const used = Math.floor((this.#lastFailed - since) / this.#params.roundSeconds);
      this.#creditAtAnchor = Math.max(0, this.credit(since) - used);
      this.#creditAnchor = at;
    }
    this.#failingSince = null;
    this.#failedTests = 0;
  }

  #fail(at: number): void {
    this.#failingSince ??= at;
    this.#lastFailed = at;
    this.#failedTests++;
    const decommissionedAt = this.#failingSince + this.#params.proofValidity;
    const end = decommissionedAt + this.credit(decommissionedAt) * this.#params.roundSeconds;
    if (this.#failedTests >= this.#params.minFailedTests && at >= end) this.#deregisteredAt = end;
  }
}
