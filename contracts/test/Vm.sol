// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice The part of forge's cheatcodes that these tests use: forge-std is not on npm.
interface Vm {
    struct Gas {
        uint64 gasLimit;
        uint64 gasTotalUsed;
        uint64 gasMemoryUsed;
        int64 gasRefunded;
        uint64 gasRemaining;
    }

    function warp(uint256 timestamp) external;
    function prank(address sender) external;
    function expectRevert() external;
    function expectRevert(bytes4 why) external;
    function expectRevert(bytes calldata why) external;
    function expectEmit(address emitter) external;
    function assume(bool condition) external pure;
    function addr(uint256 key) external pure returns (address);
    function sign(uint256 key, bytes32 digest) external pure returns (uint8 v, bytes32 r, bytes32 s);
    function lastCallGas() external view returns (Gas memory);
    function snapshotValue(string calldata group, string calldata name, uint256 value) external;
    function assertEq(uint256 one, uint256 other) external pure;
    function assertEq(uint256 one, uint256 other, string calldata why) external pure;
    function assertEq(address one, address other) external pure;
    function assertEq(bytes32 one, bytes32 other) external pure;
    function assertTrue(bool condition) external pure;
    function assertTrue(bool condition, string calldata why) external pure;
    function assertFalse(bool condition) external pure;
    function assertLe(uint256 one, uint256 other, string calldata why) external pure;
    function assertLt(uint256 one, uint256 other, string calldata why) external pure;
    function assertGe(uint256 one, uint256 other, string calldata why) external pure;
}

Vm constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));
