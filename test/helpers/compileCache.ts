/**
 * Loaded by mocha in each of its processes, which start many others: the command line, deployments, nodes. What Node has compiled of
 * their modules is kept and read by the next.
 */
import { enableCompileCache } from "node:module";

const { directory } = enableCompileCache("node_modules/.cache/node");
if (directory !== undefined) process.env["NODE_COMPILE_CACHE"] ??= directory;
