import { signal } from "@preact/signals";

/** Unix seconds of this machine, once a second: countdowns follow it. */
export const now = signal(Math.floor(Date.now() / 1_000));
setInterval(() => {
  now.value = Math.floor(Date.now() / 1_000);
}, 1_000);

/** How far the chain's clock is ahead of this machine's; local networks jump by days. */
export const chainOffset = signal(0);

/** The chain's time now, unix seconds. */
export function chainNow(): number {
  return now.value + chainOffset.value;
}
