import { effect, signal, untracked } from "@preact/signals";
import { config } from "./config.ts";
import { kept, onKept } from "./pending.ts";
import { sent, Transaction } from "./tx.ts";
import { connection, wrongChain } from "./wallet.ts";

const told = signal(0);

/** Follows on what was sent before a reload or in another tab, as soon as there is a wallet to read through. */
export function resumeSent(): void {
  onKept(() => void told.value++);
  effect(() => {
    const at = connection.value;
    void told.value;
    if (!at || !config.value || wrongChain.value) return;
    untracked(() => {
      for (const { hash, title, about, account, chainId } of kept()) {
        const known = sent.value.some(({ phase }) => "hash" in phase.value && phase.value.hash === hash);
        if (known || chainId !== at.chainId) continue;
        const step = { title, make: () => undefined, ...(about === undefined ? {} : { about }) };
        void new Transaction(step, account, () => undefined).resume(hash, at);
      }
    });
  });
}
