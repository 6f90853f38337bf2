// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {Epoch, Role, SpendingOrder, Status, Terms} from "../ISettlement.sol";
import {Settlement} from "../Settlement.sol";
import {TestDollar} from "../TestDollar.sol";
import {SparseTree} from "./SparseTree.sol";
import {vm} from "./Vm.sol";

/// @notice A deployment, its people, and the coordinator's books as two trees that a test fills.
abstract contract Base {
    using SparseTree for SparseTree.Tree;

    uint64 internal constant WINDOW = 1 days;
    uint64 internal constant RULING = 2 days;
    uint64 internal constant DELAY = 8 days;
    uint256 internal constant BOND = 500e6;
    uint256 internal constant START = 1_800_000_000;
    uint256 internal constant REQUESTER_KEY = 0xA11CE;

    address internal governance = address(0x60);
    address internal poster = address(0x61);
    address internal arbiter = address(0x62);
    address internal guardian = address(0x63);
    address internal stranger = address(0x64);
    address internal disputer = address(0x65);
    address internal ada = address(0xADA);
    address internal bob = address(0xB0B);
    address internal requester = vm.addr(REQUESTER_KEY);

    TestDollar internal token;
    Settlement internal settlement;

    SparseTree.Tree internal credits;
    SparseTree.Tree internal debits;
    mapping(address account => uint256) internal creditOf;
    mapping(bytes32 order => uint256) internal debitOf;
    uint256 internal creditsTotal;
    uint256 internal debitsTotal;
    uint64 internal logSize;

    function setUp() public virtual {
        vm.warp(START);
        token = TestDollar(_makeToken());
        settlement = _deploy(_terms());
        credits.depth = 5;
        debits.depth = 8;
        _deposit(requester, 1_000e6);
    }

    function _makeToken() internal virtual returns (address) {
        return address(new TestDollar());
    }

    function _terms() internal pure returns (Terms memory) {
        return Terms(WINDOW, RULING, DELAY, BOND);
    }

    function _deploy(Terms memory terms) internal returns (Settlement) {
        IERC20 money = IERC20(address(token));
        return new Settlement(money, terms, governance, poster, arbiter, guardian);
    }

    function _fill(address account, uint256 amount) internal {
        token.mint(account, amount);
        vm.prank(account);
        token.approve(address(settlement), type(uint256).max);
    }

    function _deposit(address account, uint256 amount) internal {
        _fill(account, amount);
        vm.prank(account);
        settlement.deposit(account, amount);
    }

    function _order(uint256 cap) internal view returns (SpendingOrder memory) {
        bytes32 project = keccak256("project");
        return SpendingOrder(requester, project, cap, uint64(START + 30 days), bytes32("once"));
    }

    function _sign(SpendingOrder memory order) internal view returns (bytes memory) {
        return _signAs(REQUESTER_KEY, order);
    }

    function _signAs(uint256 key, SpendingOrder memory order) internal view returns (bytes memory) {
        bytes32 domain = keccak256(
            abi.encode(
                keccak256(
                    "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
                ),
                keccak256("Idlewild Settlement"),
                keccak256("1"),
                block.chainid,
                address(settlement)
            )
        );
        bytes32 hash = settlement.orderHash(order);
        (uint8 v, bytes32 r, bytes32 s) =
            vm.sign(key, keccak256(abi.encodePacked("\x19\x01", domain, hash)));
        return abi.encodePacked(r, s, v);
    }

    function _leaf(bytes memory encoded) internal pure returns (bytes32) {
        return keccak256(bytes.concat(keccak256(encoded)));
    }

    /// @dev Accounts and orders have a place in their trees that follows from them.
    function _placeOf(address account) internal view returns (uint256) {
        return uint160(account) % (1 << credits.depth);
    }

    function _placeOf(bytes32 order) internal view returns (uint256) {
        return uint256(order) % (1 << debits.depth);
    }

    function _credit(address account, uint256 cumulative) internal {
        creditsTotal = creditsTotal + cumulative - creditOf[account];
        creditOf[account] = cumulative;
        credits.put(_placeOf(account), _leaf(abi.encode(account, cumulative)));
    }

    function _debit(SpendingOrder memory order, uint256 cumulative) internal {
        bytes32 hash = settlement.orderHash(order);
        debitsTotal = debitsTotal + cumulative - debitOf[hash];
        debitOf[hash] = cumulative;
        debits.put(_placeOf(hash), _leaf(abi.encode(order.requester, hash, cumulative)));
    }

    function _epoch() internal view returns (Epoch memory) {
        return
            Epoch(credits.root(), creditsTotal, debits.root(), debitsTotal, bytes32("log"), logSize);
    }

    function _post() internal returns (uint64 number) {
        number = settlement.lastPosted() + 1;
        logSize += 10;
        vm.prank(poster);
        settlement.post(number, _epoch());
    }

    /// @dev Posts the books and waits until they count.
    function _settle() internal returns (uint64 number) {
        number = _post();
        vm.warp(block.timestamp + WINDOW);
    }

    function _creditProof(address account) internal view returns (bytes32[] memory) {
        return credits.proof(_placeOf(account));
    }

    function _debitProof(bytes32 order) internal view returns (bytes32[] memory) {
        return debits.proof(_placeOf(order));
    }

    function _collect(SpendingOrder memory order) internal {
        bytes32 hash = settlement.orderHash(order);
        settlement.collect(order, _sign(order), debitOf[hash], _debitProof(hash));
    }

    function _claim(address account) internal {
        settlement.claim(account, creditOf[account], _creditProof(account));
    }

    /// @dev The usual beginning: `amount` of work done, settled and collected; ada earned it.
    function _work(uint256 amount) internal returns (SpendingOrder memory order) {
        order = _order(amount);
        _debit(order, amount);
        _credit(ada, amount);
        _settle();
        _collect(order);
    }

    function _dispute(uint64 number) internal {
        _fill(disputer, BOND);
        vm.prank(disputer);
        settlement.dispute(number);
    }

    function _rule(uint64 number, bool stands) internal {
        vm.prank(arbiter);
        settlement.rule(number, stands);
    }

    function _expectStatus(uint64 number, Status status) internal view {
        vm.assertEq(uint256(settlement.statusOf(number)), uint256(status));
    }
}
