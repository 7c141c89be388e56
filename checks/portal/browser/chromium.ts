/** A Chromium from npm, or the installed one that CHROME names; with processes of its own, as visitors' browsers have. */
import { existsSync } from "node:fs";
import type { Browser } from "playwright-core";
import { chromium } from "playwright-core";
import packed from "@sparticuz/chromium";

export async function openBrowser(): Promise<Browser> {
  const installed = process.env["CHROME"];
  if (installed !== undefined && !existsSync(installed)) throw new Error(`CHROME: there is no ${installed}`);
  return chromium.launch({
    executablePath: installed ?? (await packed.executablePath()),
    // The package's own arguments are for machines where a browser must be one process, which ends with its last page.
    args: packed.args.filter((one) => !["--single-process", "--no-zygote"].includes(one)),
    headless: true,
  });
}
