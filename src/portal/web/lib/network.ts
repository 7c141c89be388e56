import { effect } from "@preact/signals";
import { chainOffset } from "./clock.ts";
import { config } from "./config.ts";
import { resource } from "./resource.ts";
import type { State } from "./schemas.ts";
import { service } from "./service.ts";

export const configured = resource(
  () => true,
  (_, abort) => service.config(abort),
);

/** The index's head and the network's figures. */
export const network = resource<true, State>(
  () => true,
  (_, abort) => service.state(abort),
  10_000,
);

effect(() => {
  config.value = configured.value.value;
});
effect(() => {
  const head = network.value.value?.head;
  if (head) chainOffset.value = head.timestamp + Math.round(head.lagSeconds) - Math.floor(Date.now() / 1_000);
});
