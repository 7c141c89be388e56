/** Runs one check and writes down whether it held. */
export type Run = (name: string, check: () => Promise<void>) => Promise<void>;
