import type { Fault } from "./fault.ts";

const part = "list";

/** A link that is not mended, a check that is left out, a key that stays. */
export const listFaults: readonly Fault[] = [
  {
    part,
    what: "unlink: the next node's prev is the node after it",
    file: "NodeList",
    from: "nodes[next].prev = prev;",
    to: "nodes[next].prev = next;",
    fails: "prev of a node",
  },
  {
    part,
    what: "unlink: backward links stay",
    file: "NodeList",
    from: "        nodes[next].prev = prev;\n",
    to: "",
    fails: "prev of a node",
  },
  {
    part,
    what: "unlink: a stranger is taken",
    file: "NodeList",
    from: "require(nodes[prev].next == id,",
    to: "require(nodes[prev].next == id || prev == 0,",
    fails: "takes a stranger",
  },
  {
    part,
    what: "unlink: the sentinel is taken",
    file: "NodeList",
    from: "require(id != SENTINEL, ",
    to: "require(id != SENTINEL + 1, ",
    fails: "takes a stranger",
  },
  {
    part,
    what: "append: no backward link",
    file: "NodeList",
    from: "        nodes[id].prev = last;\n",
    to: "",
    fails: "prev of the new node",
  },
  {
    part,
    what: "append: in front",
    file: "NodeList",
    from: "uint64 last = nodes[SENTINEL].prev;",
    to: "uint64 last = nodes[SENTINEL].next;",
    fails: "next of a node",
  },
  {
    part,
    what: "insert: the key is not entered",
    file: "NodeRegistry",
    from: "        serviceNodeIDs[blsKey] = id;\n",
    to: "",
    fails: "enters the BLS key",
  },
  {
    part,
    what: "insert: the node is not counted",
    file: "NodeRegistry",
    from: "        totalNodes++;\n",
    to: "",
    fails: "totalNodes",
  },
  {
    part,
    what: "insert: each second identifier",
    file: "NodeRegistry",
    from: "id = nextServiceNodeID++;",
    to: "id = nextServiceNodeID; nextServiceNodeID += 2;",
    fails: "nextServiceNodeID",
  },
  {
    part,
    what: "remove: the Ed25519 key stays",
    file: "NodeRegistry",
    from: "        delete ed25519ToServiceNodeID[node.ed25519Pubkey];\n",
    to: "",
    fails: "strikes the Ed25519 key",
  },
  {
    part,
    what: "remove: the node is cleared before its key is looked up",
    file: "NodeRegistry",
    from: "        delete ed25519ToServiceNodeID[node.ed25519Pubkey];\n        delete _serviceNodes[id];\n",
    to: "        delete _serviceNodes[id];\n        delete ed25519ToServiceNodeID[node.ed25519Pubkey];\n",
    fails: "strikes the Ed25519 key",
  },
  {
    part,
    what: "remove: the node is not cleared",
    file: "NodeRegistry",
    from: "        delete _serviceNodes[id];\n",
    to: "",
    fails: "leaves no trace",
  },
  {
    part,
    what: "remove: two nodes less",
    file: "NodeRegistry",
    from: "uint256 total = totalNodes - 1;",
    to: "uint256 total = totalNodes - 2;",
    fails: "totalNodes",
  },
];

/** Seen by running the code: a fault of the source that the interpreter reads, or of the list that is compiled. */
export const compiledFaults: readonly Fault[] = [
  {
    part: "compiled",
    what: "the interpreter reads another sign than was compiled",
    file: "Fp2",
    from: "c1 = mulmod(a1, p - v, p);",
    to: "c1 = mulmod(a1, v, p);",
    fails: "HashToG2Harness.inverse",
  },
  {
    part: "compiled",
    what: "remove: backward links stay",
    file: "NodeList",
    from: "        nodes[next].prev = prev;\n",
    to: "",
    fails: "another state",
  },
];
