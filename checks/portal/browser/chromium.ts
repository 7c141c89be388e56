/** A Chromium from npm, or an installed one by CHROME_PATH. */
import { existsSync } from "node:fs";
import type { Browser } from "playwright-core";
import { chromium } from "playwright-core";
import packed from "@sparticuz/chromium";

export async function openBrowser(): Promise<Browser> {
  const installed = process.env["CHROME_PATH"];
  if (installed !== undefined && !existsSync(installed)) throw new Error(`CHROME_PATH: there is no ${installed}`);
  return chromium.launch({
    executablePath: installed ?? (await packed.executablePath()),
    args: packed.args,
    headless: true,
  });
}
