/**
 * Arrows one way (docs/decisions.md): bls <- settings <- chain, omq <- collect <- node <- cli, portal. No circle anywhere, types included.
 * `npm run lint:arrows`; test/house/arrows.test.ts shows each rule failing.
 */
const rooms = { bls: [], settings: ["bls"], omq: ["bls", "settings"], chain: ["bls", "settings"] };
rooms.collect = [...rooms.chain, "omq", "chain"];
rooms.node = [...rooms.collect, "collect"];
rooms.cli = [...rooms.node, "node", "portal"];
rooms.portal = [...rooms.node, "node"];

/** A room of src/ may import itself and the rooms below it. */
const layers = Object.entries(rooms).map(([room, below]) => ({
  name: `${room}-looks-down`,
  comment: `src/${room} imports ${below.length === 0 ? "no other room" : below.join(", ")}.`,
  severity: "error",
  from: { path: `^src/${room}/` },
  to: { path: "^(src|deploy|devnet|checks|scripts|test)/", pathNot: `^src/(${[room, ...below].join("|")})/` },
}));

export default {
  forbidden: [
    { name: "no-circle", severity: "error", from: {}, to: { circular: true } },
    { name: "resolves", severity: "error", from: {}, to: { couldNotResolve: true, pathNot: "^(\\.\\./)*types/" } },
    ...layers,
    {
      name: "browser-rooms",
      comment:
        "session-staking/bls and session-staking/chain run in a browser: Node's modules only in src/chain/files.",
      severity: "error",
      from: { path: "^src/(bls|chain)/", pathNot: "^src/chain/files/" },
      to: { dependencyTypes: ["core"] },
    },
    {
      name: "browser-index",
      comment: "What a browser loads does not reach the files.",
      severity: "error",
      from: { path: "^src/chain/", pathNot: "^src/chain/files/" },
      to: { path: "^src/(chain/files|settings)/" },
    },
    {
      name: "portal-api-in-browsers",
      comment: "The portal's schemas and its page run in a browser, and the schemas stand alone.",
      severity: "error",
      from: { path: "^src/portal/(api|web)/" },
      to: { dependencyTypes: ["core"] },
    },
    {
      name: "portal-api-stands-alone",
      severity: "error",
      from: { path: "^src/portal/api/" },
      to: { path: "^src/", pathNot: "^src/portal/api/" },
    },
    {
      name: "portal-web-looks-down",
      comment: "The page knows the interface, the cryptography and the chain; never the service.",
      severity: "error",
      from: { path: "^src/portal/web/" },
      to: { path: "^src/", pathNot: "^src/(portal/(web|api)|bls|chain)/" },
    },
    {
      name: "portal-rooms",
      comment: "web -> api; service -> index -> api.",
      severity: "error",
      from: { path: "^src/portal/(index|service)/" },
      to: { path: "^src/portal/web/" },
    },
    {
      name: "portal-index-looks-down",
      severity: "error",
      from: { path: "^src/portal/index/" },
      to: { path: "^src/portal/service/" },
    },
    {
      name: "zeromq-in-omq",
      severity: "error",
      from: { pathNot: "^(src/omq|test|checks)/" },
      to: { path: "^node_modules/zeromq/" },
    },
    {
      name: "no-hardhat-in-the-package",
      severity: "error",
      from: { path: "^src/" },
      to: { path: "^node_modules/(hardhat|@nomicfoundation)/" },
    },
    {
      name: "deploy-stands-alone",
      severity: "error",
      from: { path: "^deploy/" },
      to: { path: "^(src/(cli|node|portal)|devnet|checks|scripts|test)/" },
    },
    {
      name: "devnet-stands-alone",
      severity: "error",
      from: { path: "^devnet/" },
      to: { path: "^(checks|scripts|test)/" },
    },
    { name: "scripts-are-mains", severity: "error", from: {}, to: { path: "^scripts/" } },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    exclude: { path: "^types/" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: { exportsFields: ["exports"], conditionNames: ["import", "node", "default", "types"] },
  },
};
