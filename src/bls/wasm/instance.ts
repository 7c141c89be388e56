import { MODULE } from "./module.ts";

/** What sum.as.ts exports. */
export interface Exports {
  memory: { buffer: ArrayBuffer };
  input(): number;
  output(): number;
  capacity(): number;
  start(degree: number): void;
  take(count: number): number;
  finish(): number;
  subgroup(): number;
  clearCofactor(): number;
  pairing(): number;
  multiply(): number;
}

/** What is used of WebAssembly: the compiler's library has it only together with a page's. */
interface WasmGlobal {
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object) => { exports: unknown };
}

/** Undefined where it was not tried yet, null where there is no WebAssembly (or a page's policy forbids it). */
let instance: Exports | null | undefined;

/** The module, compiled when it is first needed. */
export function load(): Exports | null {
  if (instance === undefined) {
    try {
      const bytes = Uint8Array.from(atob(MODULE), (character) => character.charCodeAt(0));
      const { Instance, Module } = (globalThis as unknown as { WebAssembly: WasmGlobal }).WebAssembly;
      instance = new Instance(new Module(bytes)).exports as Exports;
    } catch {
      // Not an error that stands for an answer: callers then compute in BigInt, which gives the same.
      instance = null;
    }
  }
  return instance;
}

/** Whether WebAssembly is used here. */
export function hasWasm(): boolean {
  return load() !== null;
}
