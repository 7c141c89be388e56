import { contributionTexts } from "./errorTexts/contribution.ts";
import { libraryTexts } from "./errorTexts/library.ts";
import { rewardsTexts } from "./errorTexts/rewards.ts";
import type { ErrorText } from "./errorTexts/text.ts";
import { vestingTexts } from "./errorTexts/vesting.ts";

/** Signature (canonical types) of every known custom error, and its text. */
export const errorTexts: Readonly<Record<string, ErrorText>> = {
  ...rewardsTexts,
  ...contributionTexts,
  ...vestingTexts,
  ...libraryTexts,
};
