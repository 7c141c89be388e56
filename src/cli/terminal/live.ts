import { movesCursor } from "../../settings/colors.ts";
import type { Io } from "./io.ts";

/** How often a line is written where none can be overwritten, ms. */
const QUIET_MS = 15_000;

/** A line on standard error that changes while something is waited for; where that is no terminal, a line now and then. */
export class LiveLine {
  readonly #io: Io;
  #shown = false;
  #told = "";
  #toldAt = Date.now();

  constructor(io: Io) {
    this.#io = io;
  }

  /**
   * @param kind - What has changed apart from the time: told at once, terminal or not.
   */
  update(text: string, kind = ""): void {
    const { stderr, env } = this.#io;
    if (movesCursor(stderr, env)) {
      const width = Math.max(20, (stderr.columns ?? 80) - 1);
      stderr.write(`\r\x1b[2K${text.slice(0, width)}`);
      this.#shown = true;
      return;
    }
    if (kind === this.#told && Date.now() - this.#toldAt < QUIET_MS) return;
    this.#told = kind;
    this.#toldAt = Date.now();
    stderr.write(`${text}\n`);
  }

  /** Takes it away, so that what follows starts on a clean line. */
  clear(): void {
    if (this.#shown) this.#io.stderr.write("\r\x1b[2K");
    this.#shown = false;
    this.#told = "";
    this.#toldAt = Date.now();
  }
}
