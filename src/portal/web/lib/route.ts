import { computed, signal } from "@preact/signals";

/** Where the visitor is: `#/contribution/0x…` is `["contribution", "0x…"]`. */
const hash = signal(location.hash);
addEventListener("hashchange", () => {
  hash.value = location.hash;
});

export const route = computed(() => hash.value.replace(/^#\/?/, "").split("/").filter(Boolean));
