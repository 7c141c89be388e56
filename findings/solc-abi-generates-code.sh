#!/usr/bin/env bash
# solc 0.8.34 and 0.8.37 (npm, Emscripten), Standard JSON without `viaIR`.
#
# Asking for no more than the ABI or the syntax tree of a file generates code for its contracts too, as soon as bytecode of any
# other file is asked for: it takes that time, and the code generator's errors end the whole compilation. With nothing else asked
# for the same ABI comes without. So tools that want ABIs of everything and bytecode of a few files pay for all of them.
#
# Seen with a contract whose function has more arguments than the legacy code generator has stack for, the same for both versions:
# "its abi alone: ok; bytecode of another file alone: ok; both: Stack too deep; its syntax tree and that bytecode: Stack too deep".
# Fails when a version says something else.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{"private":true}' > package.json
npm install --silent --no-audit --no-fund --save-exact solc-34@npm:solc@0.8.34 solc-37@npm:solc@0.8.37
cat > ask.js <<'JS'
const solc = require(process.argv[2]);
const names = Array.from({ length: 18 }, (_, i) => `v${i}`);
const sources = {
  "Small.sol": { content: "pragma solidity ^0.8.0; contract Small { uint256 public value; }" },
  "Wide.sol": {
    content: `pragma solidity ^0.8.0; contract Wide {
      function sum(${names.map((name) => `uint256 ${name}`).join(", ")}) external pure returns (uint256) {
        return ${names.join(" + ")};
      }
    }`,
  },
};
const bytecode = { "Small.sol": { Small: ["evm.bytecode.object"] } };
const abi = { "Wide.sol": { Wide: ["abi"] } };
const tree = { "Wide.sol": { "": ["ast"] } };
const ask = (outputSelection) => {
  const input = { language: "Solidity", sources, settings: { outputSelection } };
  const { errors = [] } = JSON.parse(solc.compile(JSON.stringify(input)));
  const failed = errors.filter(({ severity }) => severity === "error").map(({ message }) => message);
  return failed.length === 0 ? "ok" : (/Stack too deep/.exec(failed.join()) ?? failed)[0];
};
console.log(
  [
    `its abi alone: ${ask(abi)}`,
    `bytecode of another file alone: ${ask(bytecode)}`,
    `both: ${ask({ ...abi, ...bytecode })}`,
    `its syntax tree and that bytecode: ${ask({ ...tree, ...bytecode })}`,
  ].join("; "),
);
JS
expected="its abi alone: ok; bytecode of another file alone: ok; both: Stack too deep; its syntax tree and that bytecode: Stack too deep"
for version in solc-34 solc-37; do
  seen=$(node ask.js "$version")
  echo "$version: $seen"
  [ "$seen" = "$expected" ] || { echo "changed: $version"; exit 1; }
done
