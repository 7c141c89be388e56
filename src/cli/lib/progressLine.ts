import pc from "picocolors";
import type { CollectEvent } from "../../collect/index.ts";

/**
 * One line on standard error that follows a collection; nothing when that is not a terminal, or when it is switched off.
 */
export function progressLine(enabled: boolean, out: NodeJS.WriteStream = process.stderr) {
  const live = enabled && out.isTTY === true;
  let last = 0;
  return {
    update: (event: CollectEvent): void => {
      const now = performance.now();
      if (!live || (now - last < 50 && event.type !== "verifying")) return;
      last = now;
      const { answered, total, failed, bad, signers, required } = event.progress;
      const lost = Object.values(failed).reduce((sum, count) => sum + count, 0);
      const enough = signers >= required ? pc.green(`${signers} / ${required}`) : pc.yellow(`${signers} / ${required}`);
      out.write(`\r\x1b[2K${answered} of ${total} answered, ${lost} failed, ${bad} wrong; signers ${enough}`);
    },
    end: (): void => {
      if (live) out.write("\r\x1b[2K");
    },
  };
}
