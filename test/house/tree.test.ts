/** The README's tree is the folders, and each folder says what it is for. */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "chai";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** Folders of one and two levels that hold something of the project; hidden ones apart. */
function folders(): string[] {
  const files = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], {
    cwd: ROOT,
    encoding: "utf8",
  });
  const found = new Set<string>();
  for (const file of files.split("\n").filter((name) => existsSync(join(ROOT, name)))) {
    const parts = file.split("/").slice(0, -1);
    if (parts.length > 0 && !parts[0]?.startsWith(".")) found.add(`${parts[0]}/`);
    if (parts.length > 1 && !parts[0]?.startsWith(".")) found.add(`${parts[0]}/${parts[1]}/`);
  }
  return [...found].sort();
}

/** The tree as a list of folders. */
function treeOf(readme: string): string[] {
  const block = /## What is where\n\n```\n([\s\S]*?)```/.exec(readme)?.[1] ?? "";
  let parent = "";
  return block
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      const [, indent = "", name = ""] = /^( *)(\S+\/)/.exec(line) ?? [];
      if (indent === "") parent = name;
      return indent === "" ? name : `${parent}${name}`;
    })
    .sort();
}

describe("house: folders", function () {
  it("are those of the README's tree", function () {
    expect(treeOf(readFileSync(join(ROOT, "README.md"), "utf8"))).to.deep.equal(folders());
  });

  for (const folder of [...folders(), "src/cli/commands/", "src/cli/terminal/", "src/cli/session/"]) {
    if (/^(src|test\/unit)\/$/.test(folder)) continue;
    it(`${folder} opens with what belongs there`, function () {
      const index = join(ROOT, folder, "index.ts");
      const opens = existsSync(index) && /^\/\*\*\n? ?\*? ?\S/.test(readFileSync(index, "utf8"));
      expect(opens || existsSync(join(ROOT, folder, "README.md")), "index.ts with a comment at its head, or README.md")
        .to.be.true;
    });
  }

  it("scripts/ holds mains of a few lines", function () {
    for (const file of execFileSync("git", ["ls-files", "scripts/*.ts"], { cwd: ROOT, encoding: "utf8" }).split("\n"))
      if (file !== "") expect(readFileSync(join(ROOT, file), "utf8").split("\n").length, file).to.be.at.most(12);
  });
});
