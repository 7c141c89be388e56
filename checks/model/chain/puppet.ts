/**
 * Two programs of the harness, assembled here byte by byte so that no Solidity of the project is needed to test it.
 *
 * - *Puppet*: the code of every actor. Runs the records of its calldata as calls of its own (msg.sender is the actor) in one
 *   transaction, and after each logs what came back: topic 0 is 1, the address of the contract created, or 0 for a revert.
 * - *Reader*: answers many views in one eth_call.
 *
 * A record is `target (20 bytes) || length (3 bytes) || data`; target 0 creates a contract.
 */
export interface Record {
  to: string;
  data: string;
}

const RECORD_HEAD = 23;

export function encodeRecords(records: readonly Record[]): string {
  let out = "0x";
  for (const { to, data } of records) {
    out += to.slice(2) + ((data.length - 2) / 2).toString(16).padStart(6, "0") + data.slice(2);
  }
  return out;
}

const OPCODES: { [name: string]: number } = {
  STOP: 0x00,
  ADD: 0x01,
  SUB: 0x03,
  AND: 0x16,
  LT: 0x10,
  ISZERO: 0x15,
  SHR: 0x1c,
  SHL: 0x1b,
  CALLDATALOAD: 0x35,
  CALLDATASIZE: 0x36,
  CALLDATACOPY: 0x37,
  RETURNDATASIZE: 0x3d,
  RETURNDATACOPY: 0x3e,
  POP: 0x50,
  MLOAD: 0x51,
  MSTORE: 0x52,
  MSTORE8: 0x53,
  JUMP: 0x56,
  JUMPI: 0x57,
  GAS: 0x5a,
  JUMPDEST: 0x5b,
  LOG1: 0xa1,
  CREATE: 0xf0,
  CALL: 0xf1,
  RETURN: 0xf3,
  STATICCALL: 0xfa,
};

/** Words: an opcode, `DUPn`, `SWAPn`, a number (pushed), `name:` (a JUMPDEST), `@name` (its place, pushed). */
function assemble(source: string): string {
  const bytes: (number | string)[] = [];
  const labels = new Map<string, number>();
  for (const word of source.split(/\s+/).filter((item) => item !== "")) {
    const numbered = /^(DUP|SWAP)(\d+)$/.exec(word);
    if (numbered) bytes.push((numbered[1] === "DUP" ? 0x7f : 0x8f) + Number(numbered[2]));
    else if (word.endsWith(":")) {
      labels.set(word.slice(0, -1), bytes.length);
      bytes.push(0x5b);
    } else if (word.startsWith("@"))
      bytes.push(0x60, word.slice(1)); // both programs are shorter than 256 bytes
    else if (/^\d/.test(word)) {
      const hex = BigInt(word).toString(16);
      const padded = hex.length % 2 ? `0${hex}` : hex;
      bytes.push(0x5f + padded.length / 2);
      for (let i = 0; i < padded.length; i += 2) bytes.push(Number.parseInt(padded.slice(i, i + 2), 16));
    } else {
      const opcode = OPCODES[word];
      if (opcode === undefined) throw new Error(`no opcode ${word}`);
      bytes.push(opcode);
    }
  }
  const place = (byte: number | string): number => (typeof byte === "string" ? (labels.get(byte) ?? 0xff) : byte);
  return `0x${bytes.map((byte) => place(byte).toString(16).padStart(2, "0")).join("")}`;
}

/** Stack comments: top last. */
export const PUPPET = assemble(`
  0                                            ${/* pos */ ""}
  loop:
    CALLDATASIZE DUP2 LT ISZERO @end JUMPI     ${/* pos < calldatasize, or done */ ""}
    DUP1 CALLDATALOAD                          ${/* pos head */ ""}
    DUP1 72 SHR 0xffffff AND                   ${/* pos head len */ ""}
    DUP1 DUP4 ${RECORD_HEAD} ADD 0 CALLDATACOPY
    SWAP1 96 SHR                               ${/* pos len to */ ""}
    DUP1 @call JUMPI
    POP DUP1 0 0 CREATE @logged JUMP
  call:
    0 0 DUP4 0 0 DUP6 GAS CALL SWAP1 POP       ${/* pos len result */ ""}
  logged:
    RETURNDATASIZE 0 0 RETURNDATACOPY
    RETURNDATASIZE 0 LOG1                      ${/* pos len */ ""}
    ADD ${RECORD_HEAD} ADD @loop JUMP
  end: STOP
`);

/** Output: for each record `success (1 byte) || length (3 bytes) || data`. Records lie at 0, the output from 0x10000 on. */
export const READER = assemble(`
  0x10000 0                                    ${/* out pos */ ""}
  loop:
    CALLDATASIZE DUP2 LT ISZERO @end JUMPI
    DUP1 CALLDATALOAD
    DUP1 72 SHR 0xffffff AND                   ${/* out pos head len */ ""}
    DUP1 DUP4 ${RECORD_HEAD} ADD 0 CALLDATACOPY
    SWAP1 96 SHR                               ${/* out pos len to */ ""}
    0 0 DUP4 0 DUP5 GAS STATICCALL SWAP1 POP   ${/* out pos len ok */ ""}
    DUP4 MSTORE8                               ${/* out pos len */ ""}
    RETURNDATASIZE 232 SHL DUP4 1 ADD MSTORE
    RETURNDATASIZE 0 DUP5 4 ADD RETURNDATACOPY
    ADD ${RECORD_HEAD} ADD                     ${/* out pos' */ ""}
    SWAP1 RETURNDATASIZE 4 ADD ADD SWAP1 @loop JUMP
  end: POP 0x10000 SWAP1 0x10000 SWAP1 SUB     ${/* 0x10000 size */ ""}
    SWAP1 RETURN
`);
