/**
 * V8's settings for a long-running process with a database in WebAssembly: its baseline compiler alone, and a small young generation.
 * 100,000 events are then indexed within half of the memory, as fast.
 */
const FLAGS = ["--liftoff-only", "--max-semi-space-size=4", "--disable-warning=ExperimentalWarning"];

/**
 * glibc's settings: what is read from a connection (64 kB at a time) and larger is given back to the system when it is collected,
 * instead of leaving a heap full of holes: 100 MB of it after 100,000 events. Other systems' allocators do not look at these.
 */
const ALLOCATOR = { MALLOC_ARENA_MAX: "2", MALLOC_MMAP_THRESHOLD_: "32768", MALLOC_TRIM_THRESHOLD_: "131072" };

/** Node's own way to become another program; from 23.11 on, and not on Windows. */
type Execve = (file: string, args: readonly string[], env: NodeJS.ProcessEnv) => never;

/** Starts this process anew with {@link FLAGS} and {@link ALLOCATOR}, where that can be done without a second process; else does nothing. */
export function becomeLean(): void {
  const { execve } = process as unknown as { execve?: Execve };
  const [script, ...rest] = process.argv.slice(1);
  if (execve === undefined || script === undefined || process.platform === "win32") return;
  if (process.execArgv.some((flag) => flag.startsWith("--liftoff-only"))) return;
  process.removeAllListeners("warning");
  const env = { ...ALLOCATOR, ...process.env };
  execve(process.execPath, [process.execPath, ...process.execArgv, ...FLAGS, script, ...rest], env);
}
