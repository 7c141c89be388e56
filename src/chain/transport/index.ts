/** The one way to the chain: see {@link Transport}. Runs in a browser. */
export { joinRepeated } from "./arguments.ts";
export { MULTICALL3 } from "./aggregate.ts";
export { revertDataOf } from "./classify.ts";
export type { RpcErrorObject } from "./classify.ts";
export { EndpointError } from "./endpointError.ts";
export type { EndpointFacts } from "./endpointError.ts";
export type { Refused } from "./poolWords.ts";
export type { Fetch } from "./post.ts";
export { EndpointProvider } from "./provider.ts";
export type { Environment } from "./settings.ts";
export { RPC_VARIABLE, transportSettings } from "./settings.ts";
export { CallRevertedError, RpcRefusal, Transport } from "./transport.ts";
export type { RetryEvent, TransportOptions } from "./transport.ts";
export { parseEndpointUrl, redact, redactUrls, splitUrls, tame, withoutCredentials } from "./url.ts";
export type { EndpointUrl } from "./url.ts";
export { withoutUsers } from "./users.ts";
export type { Trouble } from "./trouble.ts";
