import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** Seen from the source; from a compiled file in its place, or a bundle in `dist/chunks`. */
const PLACES = import.meta.url.endsWith(".ts") ? ["../../../dist/portal/web/"] : ["../web/", "../portal/web/"];
const folders = PLACES.map((place) => fileURLToPath(new URL(place, import.meta.url)));

/** Where the built page is: `index.html` and `assets/`, made by Vite into `dist/portal/web`. */
export const PAGE_FOLDER = folders.find((folder) => existsSync(`${folder}index.html`)) ?? (folders[0] as string);
