/** Every link and every path in every document leads somewhere. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "chai";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const FOLDERS = "contracts|src|deploy|devnet|checks|scripts|findings|test|snapshots|docs|\\.ci";
/** Made by commands that the documents name. */
const GENERATED = /^(docs\/api|deploy\/deployments)(\/|$)/;

/** Headings as GitHub makes anchors of them. */
function anchorsOf(markdown: string): Set<string> {
  const heading = (line: string) =>
    line
      .replace(/^#+ +/, "")
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\- _]/gu, "")
      .replaceAll(" ", "-");
  return new Set(
    markdown
      .split("\n")
      .filter((line) => /^#{1,6} /.test(line))
      .map(heading),
  );
}

/** What a document names and is not there. */
function lost(root: string, file: string): string[] {
  const text = readFileSync(join(root, file), "utf8");
  const found: string[] = [];
  for (const [, target = ""] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
    if (/^[a-z]+:/.test(target)) continue;
    const [path = "", anchor] = target.split("#");
    const there = path === "" ? join(root, file) : join(root, dirname(file), path);
    if (!existsSync(there)) found.push(target);
    else if (anchor && there.endsWith(".md") && !anchorsOf(readFileSync(there, "utf8")).has(anchor)) found.push(target);
  }
  const inText = new RegExp(`(?<![\\w./-])(?:${FOLDERS})/[\\w./-]*\\w`, "g");
  for (const { 0: path, index } of text.matchAll(inText)) {
    // a path that goes on with a placeholder or a pattern is none
    const rest = text.slice(index + path.length);
    if (GENERATED.test(path) || /^[*{<…]/.test(rest) || /NAME|FILE|ID/.test(path)) continue;
    if (!existsSync(join(root, path)) && !existsSync(join(root, `${path}.ts`))) found.push(path);
  }
  return [...new Set(found)];
}

describe("house: documents", function () {
  const documents = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard", "*.md"], {
    cwd: ROOT,
    encoding: "utf8",
  })
    .split("\n")
    .filter((file) => file !== "" && existsSync(join(ROOT, file)));

  for (const file of documents)
    it(`${file} names nothing that is not there`, function () {
      expect(lost(ROOT, file)).to.deep.equal([]);
    });

  it("every `npm run NAME` in documents and sources is a command of package.json", function () {
    const { scripts } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { scripts: object };
    const lines = execFileSync("git", ["grep", "-hoIE", "npm run (--silent )?[a-z][a-z:-]*", "--", ".", ":!findings"], {
      cwd: ROOT,
      encoding: "utf8",
    });
    const named = new Set(lines.split("\n").map((line) => line.replace(/^npm run (--silent )?/, "")));
    named.delete("");
    expect(named.size).to.be.greaterThan(20);
    expect([...named].filter((name) => !(name in scripts))).to.deep.equal([]);
  });

  it("notices a link, an anchor and a path that lead nowhere", function () {
    const root = mkdtempSync(join(tmpdir(), "session-links-"));
    try {
      writeFileSync(
        join(root, "a.md"),
        "# Here\n[b](b.md) [c](#there) [d](#here) see `src/gone.ts` and src/*/index.ts\n",
      );
      expect(lost(root, "a.md")).to.deep.equal(["b.md", "#there", "src/gone.ts"]);
    } finally {
      rmSync(root, { recursive: true });
    }
  });
});
