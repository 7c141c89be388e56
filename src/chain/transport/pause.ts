/** Waits; resolves to false at once when the signal fires (or has fired). */
export function pause(ms: number, signal: AbortSignal | undefined): Promise<boolean> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve(false);
    const end = (whole: boolean): void => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", interrupt);
      resolve(whole);
    };
    const interrupt = (): void => end(false);
    const timer = setTimeout(() => end(true), ms);
    signal?.addEventListener("abort", interrupt, { once: true });
  });
}
