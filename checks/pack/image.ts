/** The build stage of deploy/service/Dockerfile, without Docker: what it copies, in an empty folder, and what it runs there. */
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";

const DOCKERFILE = "deploy/service/Dockerfile";
/** Where the stage leaves the package, and what stands for its `npm ci`. */
const TARGET = "/tmp";
const INSTALL = "npm ci --ignore-scripts";

/**
 * @param root - The repository.
 * @param directory - An empty folder.
 * @param path - `PATH` whose first Node can run TypeScript, as the stage's can.
 * @returns the tarball
 */
export function buildStage(root: string, directory: string, path: string): string {
  const work = join(directory, "src");
  const out = join(directory, "out");
  for (const folder of [work, out]) mkdirSync(folder, { recursive: true });
  const [stage = ""] = readFileSync(join(root, DOCKERFILE), "utf8").split(/^FROM .*(?<!AS build)$/m);
  for (const line of stage.split("\n")) {
    const [instruction, ...words] = line.split(" ");
    if (instruction === "COPY") {
      const to = words.pop() ?? ".";
      const intoFolder = words.length > 1 || to.endsWith("/");
      for (const from of words) {
        cpSync(join(root, from), join(work, intoFolder ? join(to, from) : to), { recursive: true });
      }
    } else if (instruction === "RUN") {
      const command = words.join(" ");
      if (command === INSTALL) symlinkSync(join(root, "node_modules"), join(work, "node_modules"));
      else
        execFileSync("sh", ["-c", command.replaceAll(TARGET, out)], { cwd: work, env: { ...process.env, PATH: path } });
    }
  }
  const [tarball] = readdirSync(out);
  if (tarball === undefined) throw new Error(`${DOCKERFILE}: its build stage leaves no package`);
  return join(out, tarball);
}
