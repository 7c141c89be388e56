/** What was sent and is not known to be included: kept over a reload and told to other tabs, until it is. */
import * as z from "zod/mini";

const KEY = "session-staking.sent";
const MOST = 20;

const Sent = z.object({
  hash: z.string().check(z.regex(/^0x[0-9a-fA-F]{64}$/)),
  title: z.string().check(z.maxLength(80)),
  about: z.optional(z.literal("claim")),
  account: z.string(),
  chainId: z.number(),
});
export type Sent = z.infer<typeof Sent>;

/** Storage may be forbidden, and its contents anybody's. */
export function kept(): Sent[] {
  try {
    const list: unknown = JSON.parse(localStorage.getItem(KEY) ?? "[]");
    return (Array.isArray(list) ? list : []).flatMap((one) => Sent.safeParse(one).data ?? []);
  } catch {
    return [];
  }
}

export function keep(one: Sent): void {
  write([one, ...kept().filter(({ hash }) => hash !== one.hash)].slice(0, MOST));
}

export function forget(hash: string): void {
  const list = kept();
  if (list.some((one) => one.hash === hash)) write(list.filter((one) => one.hash !== hash));
}

/** Called when another tab has sent something. */
export function onKept(listener: () => void): void {
  addEventListener("storage", ({ key }) => key === KEY && listener());
}

function write(list: readonly Sent[]): void {
  try {
    localStorage.setItem(KEY, JSON.stringify(list));
  } catch {
    // Then a reload forgets it.
  }
}
