/** How long a handshake may take, as the live listeners allow, ms. */
export const HANDSHAKE_MS = 10_000;

/** A peer that is silent for 15 s is pinged, and dropped after 30 s: by the ZeroMQ library itself, on both sides, ms. */
export const HEARTBEAT = {
  heartbeatInterval: 15_000,
  heartbeatTimeout: 15_000,
  heartbeatTimeToLive: 30_000,
} as const;
