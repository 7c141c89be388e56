/**
 * The wire between the nodes of the live network: OxenMQ, which is ZeroMQ with CURVE, and bt-encoding. A client for many listeners, a
 * server, encodings and keys. The only room that knows ZeroMQ, whose npm package it loads when it is first needed.
 *
 * @packageDocumentation
 */
export { curveUrl, isOmqUrl, parseOmqAddress } from "./address.ts";
export type { OmqAddress } from "./address.ts";
export { BT_BOUNDS, btDecode, btDecodeDict } from "./btDecode.ts";
export type { BtBounds, BtDict, BtValue } from "./btDecode.ts";
export { BT_MAX_INTEGER, BT_MIN_INTEGER, btEncode } from "./btEncode.ts";
export type { BtInput, BtInputDict } from "./btEncode.ts";
export { OmqClient } from "./client.ts";
export type { OmqClientOptions, OmqRequestOptions } from "./client.ts";
export { curveKeysFrom, curveKeysFromEd25519, generateCurveKeys, isX25519Of, x25519FromEd25519 } from "./curveKeys.ts";
export type { CurveKeys } from "./curveKeys.ts";
export { Deadline } from "./deadline.ts";
export { OmqError } from "./errors.ts";
export type { OmqErrorCode } from "./errors.ts";
export { MAX_FRAME_BYTES, maxPayload } from "./frames.ts";
export type { Part } from "./frames.ts";
export type { OmqFailure, OmqFailureReason, OmqOutcome, OmqReply, OmqStop } from "./outcome.ts";
export { OmqServer } from "./server.ts";
export type { OmqCommand, OmqHandler, OmqServerDependencies, OmqServerOptions } from "./server.ts";
