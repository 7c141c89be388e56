import { fileURLToPath } from "node:url";

/**
 * Where the built page is: `index.html` and `assets/`, made by Vite into `dist/portal/web`. The same folder from the source and from
 * the compiled package.
 */
export const PAGE_FOLDER = fileURLToPath(
  new URL(import.meta.url.endsWith(".ts") ? "../../../dist/portal/web/" : "../web/", import.meta.url),
);
