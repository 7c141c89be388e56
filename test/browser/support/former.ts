import type { Page } from "playwright-core";

/**
 * Looks at the page after each of its changes, before it is painted: what of the account in its header is still there in any moment
 * in which the header names another, or nobody.
 *
 * @param marks - Selectors within the view, or text after `text=`; each must be there now.
 * @returns Tells what was found so far.
 */
export async function watchFormer(page: Page, marks: readonly string[]): Promise<() => Promise<string[]>> {
  const missing = await page.evaluate<string[]>(`(${WATCH})(${JSON.stringify(marks)})`);
  if (missing.length > 0) throw new Error(`the page does not have ${missing.join(", ")}`);
  return () => page.evaluate<string[]>("[...__former]");
}

const WATCH = `(marks) => {
  const header = () => document.querySelector("header .account").textContent;
  const view = () => document.querySelector(".view");
  const has = (mark) => mark.startsWith("text=") ? view().textContent.includes(mark.slice(5)) : view().querySelector(mark) !== null;
  const former = header();
  globalThis.__former = new Set();
  new MutationObserver(() => {
    const now = header();
    if (now !== former) for (const mark of marks) if (has(mark)) __former.add(mark + " under " + now);
  }).observe(document, { subtree: true, childList: true, characterData: true, attributes: true });
  return marks.filter((mark) => !has(mark));
}`;
