// The code of a contribution contract: a minimal proxy that does two of the operator's settings itself, since the cold account of the
// implementation would make them dearer than they are live. Whatever is not the plain success of one of them goes on to the
// implementation, which has the errors. Slots, bits and limits are those of ContributionBooks and ServiceNodeContribution.
//
// Behind the code lie the arguments of ContributionBooks.Birth, packed: rewards (20 bytes), sesh (20), operator (20), ...
// ContributionClone.sol has what this compiles to; test/unit/contribution/clone.test.ts compiles it and compares.
object "ContributionClone" {
    code {
        // stands for the implementation's address, which is written over it
        let implementation := 0xc7ac1fd4d1a0b8a4fb1ba2b2e0dfb4c3e4b6a1d9

        // a setting: one word and no ether, from the operator
        if iszero(or(callvalue(), xor(calldatasize(), 36))) {
            codecopy(12, add(datasize("ContributionClone"), 40), 20)
            if eq(caller(), mload(0)) {
                let value := calldataload(4)
                switch shr(224, calldataload(0))
                case 0x2c6cda93 {
                    // updateFee(uint16): the status, byte 0 of the round, is WaitForOperatorContrib; at most MAX_FEE
                    let round := sload(0)
                    if lt(or(value, mul(and(round, 0xff), 10001)), 10001) {
                        // bytes 1 and 2 are the fee
                        // UpdateFee(uint16)
                        finish(
                            0,
                            or(and(round, not(0xffff00)), shl(8, value)),
                            value,
                            0x6b21e0b71c12e6cd9a3b2bc9bca648afabce42f96ab1f4b2a085107b8a125ca2
                        )
                    }
                }
                case 0x6cf72aa4 {
                    // updateManualFinalize(bool)
                    if lt(value, 2) {
                        // UpdateManualFinalize(bool)
                        finish(
                            1,
                            value,
                            value,
                            0x45e1c879e8fa28095a2771ccbd73452d90d92c3073335da45910fdfa0cbbd019
                        )
                    }
                }
            }
        }

        calldatacopy(0, 0, calldatasize())
        let success := delegatecall(gas(), implementation, 0, calldatasize(), 0, 0)
        returndatacopy(0, 0, returndatasize())
        if success { return(0, returndatasize()) }
        revert(0, returndatasize())

        function finish(slot, word, value, topic) {
            sstore(slot, word)
            mstore(0, value)
            log1(0, 32, topic)
            stop()
        }
    }
}
