import { MODULE } from "./module.ts";

/** What sum.as.ts exports. */
export interface Exports {
  memory: { buffer: ArrayBuffer; grow(pages: number): number };
  input(): number;
  output(): number;
  capacity(): number;
  start(degree: number): void;
  take(count: number): number;
  finish(): number;
  subgroup(): number;
  clearCofactor(): number;
  pairing(): number;
  pairingOf(key: number, signature: number, hash: number): number;
  addPairs(
    degree: number,
    left: number,
    right: number,
    sums: number,
    count: number,
    to: number,
    scratch: number,
  ): number;
  readPoints(degree: number, words: number, count: number, list: number, to: number): number;
  writePoint(degree: number, words: number, point: number): void;
  arena(): number;
  multiply(): number;
}

/** What is used of WebAssembly: the compiler's library has it only together with a page's. */
interface WasmGlobal {
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object) => { exports: unknown };
}

/** Undefined where it was not tried yet, null where there is no WebAssembly (or a page's policy forbids it). */
let instance: Exports | null | undefined;
let compiled: object | undefined;

/** The module, compiled when it is first needed. */
export function load(): Exports | null {
  if (instance === undefined) {
    try {
      instance = instantiate();
    } catch {
      // Not an error that stands for an answer: callers then compute in BigInt, which gives the same.
      instance = null;
    }
  }
  return instance;
}

/** An instance with a memory of its own, which is given back with it: for work that needs a lot of it. */
export function loadAnother(): Exports | null {
  return load() === null ? null : instantiate();
}

function instantiate(): Exports {
  const { Instance, Module } = (globalThis as unknown as { WebAssembly: WasmGlobal }).WebAssembly;
  compiled ??= new Module(Uint8Array.from(atob(MODULE), (character) => character.charCodeAt(0)));
  return new Instance(compiled).exports as Exports;
}

/** Whether WebAssembly is used here. */
export function hasWasm(): boolean {
  return load() !== null;
}
