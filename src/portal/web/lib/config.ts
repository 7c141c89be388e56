import { signal } from "@preact/signals";
import type { Config } from "./schemas.ts";

/** Which network and which contracts this page is for; from the service, once. */
export const config = signal<Config | undefined>(undefined);
