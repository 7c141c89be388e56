/** Headers against misuse of the page; see docs/portal.md. */

/**
 * Scripts and styles of our own alone, no frames, and no talk to anybody but the service and the endpoint that it names. WebAssembly
 * is ours (src/bls/wasm); pictures as data are wallets' icons.
 *
 * @param pageRpc - The read endpoint of visitors' pages, if there is one.
 */
export function contentSecurityPolicy(pageRpc: string | undefined) {
  const endpoint = pageRpc === undefined ? [] : [new URL(pageRpc).origin];
  return {
    useDefaults: false,
    directives: {
      defaultSrc: ["'none'"],
      scriptSrc: ["'self'", "'wasm-unsafe-eval'"],
      workerSrc: ["'self'", "blob:"],
      styleSrc: ["'self'", "'unsafe-inline'"],
      imgSrc: ["'self'", "data:"],
      fontSrc: ["'self'"],
      connectSrc: ["'self'", ...endpoint],
      manifestSrc: ["'self'"],
      baseUri: ["'none'"],
      formAction: ["'none'"],
      frameAncestors: ["'none'"],
    },
  };
}

/** The rest: other pages may read the interface (it is public), nobody frames ours, and the service does not decide on TLS. */
export const BASE_HEADERS = {
  crossOriginResourcePolicy: { policy: "cross-origin" as const },
  crossOriginOpenerPolicy: { policy: "same-origin-allow-popups" as const },
  crossOriginEmbedderPolicy: false as const,
  strictTransportSecurity: false as const,
  referrerPolicy: { policy: "no-referrer" as const },
};
