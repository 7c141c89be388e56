import { parseSesh } from "./format.ts";

/** An amount as it was typed: read, or why it cannot be. */
export function readAmount(text: string): { amount: bigint } | { error: string } | undefined {
  if (text.trim() === "") return undefined;
  try {
    return { amount: parseSesh(text) };
  } catch (error) {
    const { message, fix } = error as { message: string; fix?: string };
    return { error: `${message} ${fix ?? ""}`.trim() };
  }
}
