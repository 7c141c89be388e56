import { computed } from "@preact/signals";
import { resource } from "./resource.ts";
import { route } from "./route.ts";
import type { AddressHistory, Rewards, Stakes, Vesting } from "./schemas.ts";
import { service } from "./service.ts";
import { account } from "./wallet.ts";

const ADDRESS = /^0x[0-9a-fA-F]{40}$/;

/** Whose stakes are shown: the address in the link, else the account. */
export const watched = computed(() => {
  const [view, address] = route.value;
  return view === "stakes" && address !== undefined && ADDRESS.test(address) ? address : account.value;
});

export const stakes = resource<string, Stakes>(
  () => watched.value,
  (address, abort) => service.stakes(address, abort),
  10_000,
);

const looksAtStakes = computed(() => (route.value[0] === "stakes" ? watched.value : undefined));

export const rewards = resource<string, Rewards>(
  () => looksAtStakes.value,
  (address, abort) => service.rewards(address, abort),
  15_000,
);

export const days = resource<string, AddressHistory>(
  () => looksAtStakes.value,
  (address, abort) => service.addressHistory(address, abort),
  60_000,
);

const usesVesting = computed(() =>
  ["vesting", "register", "contribution"].includes(route.value[0] ?? "") ? account.value : undefined,
);

/** Vesting contracts of the account. */
export const vestings = resource<string, Vesting[]>(
  () => usesVesting.value,
  (address, abort) => service.vesting(address, abort),
  30_000,
);
