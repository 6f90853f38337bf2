// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {Epochs} from "./Epochs.sol";
import {Governed} from "./Governed.sol";
import {SpendingOrder, Terms} from "./ISettlement.sol";
import {OrderLib} from "./OrderLib.sol";
import {ProofLib} from "./ProofLib.sol";

/// @title Settlement
/// @notice Deposits in, debits collected, credits paid. ISettlement is the specification.
/// @dev Each entry in this order: checks, state, event, transfer.
contract Settlement is Epochs, EIP712 {
    using OrderLib for SpendingOrder;
    using SafeCast for uint256;
    using SafeERC20 for IERC20;

    struct Withdrawal {
        uint256 amount;
        uint256 availableAt;
    }

    struct OrderState {
        uint128 taken;
        uint64 revokedAt;
        bool registered;
    }

    uint256 public immutable withdrawalDelay;

    mapping(address requester => uint256) public depositOf;
    mapping(address requester => Withdrawal) public withdrawalOf;
    mapping(bytes32 order => OrderState) public orderState;
    mapping(address account => uint256) public claimed;

    constructor(
        IERC20 token_,
        Terms memory terms,
        address governance,
        address poster,
        address arbiter,
        address guardian
    )
        Governed(governance, poster, arbiter, guardian)
        Epochs(token_, terms)
        EIP712("Idlewild Settlement", "1")
    {
        // A debit of today may wait for the epoch before its own: two windows, two rulings.
        uint256 slowest = 2 * (uint256(terms.disputeWindow) + terms.rulingTime) + 1 days;
        if (terms.withdrawalDelay < slowest) revert TermsOutOfRange();
        withdrawalDelay = terms.withdrawalDelay;
    }

    function deposit(address requester, uint256 amount) external nonReentrant whenRunning {
        _deposit(requester, amount);
    }

    function depositWithPermit(
        address requester,
        uint256 amount,
        uint256 deadline,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external nonReentrant whenRunning {
        // A permit shown in public can be submitted by anyone first; the allowance then stands.
        try IERC20Permit(address(token))
            .permit(msg.sender, address(this), amount, deadline, v, r, s) {}
            catch {}
        _deposit(requester, amount);
    }

    function cover(uint256 amount) external nonReentrant whenRunning {
        uint256 arrived = _pull(amount);
        _count(arrived);
        emit Covered(msg.sender, arrived);
    }

    function requestWithdrawal(uint256 amount) external {
        uint256 availableAt = clock() + withdrawalDelay;
        withdrawalOf[msg.sender] = Withdrawal(amount, availableAt);
        emit WithdrawalRequested(msg.sender, amount, availableAt);
    }

    function withdraw() external nonReentrant whenRunning {
        Withdrawal memory asked = withdrawalOf[msg.sender];
        uint256 amount = _least(asked.amount, depositOf[msg.sender]);
        if (amount == 0) revert NothingToWithdraw();
        if (clock() < asked.availableAt) revert WithdrawalEarly(asked.availableAt);
        delete withdrawalOf[msg.sender];
        depositOf[msg.sender] -= amount;
        _release(amount);
        emit Withdrawn(msg.sender, amount);
        token.safeTransfer(msg.sender, amount);
    }

    function registerOrder(SpendingOrder calldata order, bytes calldata signature) external {
        _register(order, order.structHash(), signature);
    }

    function revokeOrder(SpendingOrder calldata order) external {
        if (msg.sender != order.requester) revert NotRequester();
        bytes32 hash = order.structHash();
        // Never later than the first time.
        if (orderState[hash].revokedAt != 0) return;
        orderState[hash].revokedAt = uint64(block.timestamp);
        emit OrderRevoked(hash, msg.sender);
    }

    function collect(
        SpendingOrder calldata order,
        bytes calldata signature,
        uint256 cumulative,
        bytes32[] calldata proof
    ) external whenRunning {
        bytes32 hash = order.structHash();
        bytes32 leaf = _leaf(abi.encode(order.requester, hash, cumulative));
        bool proven = ProofLib.rootOf(leaf, proof) == _final().debitsRoot;
        if (!proven) revert InvalidProof();
        _register(order, hash, signature);
        OrderState storage state = orderState[hash];
        _checkTime(order.expiresAt, state.revokedAt);
        uint256 amount = _collectable(order, cumulative, state.taken);
        if (amount == 0) revert NothingToCollect();

        state.taken += amount.toUint128();
        depositOf[order.requester] -= amount;
        _release(amount);
        _count(amount);
        emit Collected(order.requester, hash, amount, state.taken);
    }

    function claim(address account, uint256 cumulative, bytes32[] calldata proof)
        external
        nonReentrant
        whenRunning
    {
        bytes32 leaf = _leaf(abi.encode(account, cumulative));
        bool proven = ProofLib.rootOf(leaf, proof) == _final().creditsRoot;
        if (!proven) revert InvalidProof();
        uint256 before = claimed[account];
        if (cumulative <= before) revert NothingToClaim();
        uint256 amount = _least(cumulative - before, _unpaid());
        if (amount == 0) revert NothingCollected();

        claimed[account] = before + amount;
        emit Claimed(account, amount, before + amount);
        token.safeTransfer(account, amount);
    }

    function claimMany(
        address[] calldata accounts,
        uint256[] calldata cumulatives,
        bytes32[] calldata proof,
        bool[] calldata proofFlags
    ) external nonReentrant whenRunning {
        uint256 count = accounts.length;
        if (count != cumulatives.length) revert LengthsDiffer();
        bytes32[] memory queue = new bytes32[](count + proofFlags.length);
        for (uint256 i = 0; i < count; i++) {
            queue[i] = _leaf(abi.encode(accounts[i], cumulatives[i]));
        }
        bytes32 root = ProofLib.rootOfMany(queue, count, proof, proofFlags);
        if (root != _final().creditsRoot) revert InvalidProof();
        uint256 unpaid = _unpaid();
        for (uint256 i = 0; i < count; i++) {
            unpaid -= _payOrPass(accounts[i], cumulatives[i], unpaid);
        }
    }

    function availableTo(address requester) external view returns (uint256) {
        return Math.saturatingSub(depositOf[requester], withdrawalOf[requester].amount);
    }

    function orderHash(SpendingOrder calldata order) external pure returns (bytes32) {
        return order.structHash();
    }

    function _deposit(address requester, uint256 amount) private {
        if (requester == address(0)) revert ZeroAddress();
        uint256 arrived = _pull(amount);
        depositOf[requester] += arrived;
        _reserve(arrived);
        emit Deposited(requester, arrived);
    }

    function _register(SpendingOrder calldata order, bytes32 hash, bytes calldata signature)
        private
    {
        if (orderState[hash].registered) return;
        bytes32 digest = _hashTypedDataV4(hash);
        bool signed =
            SignatureChecker.isValidSignatureNowCalldata(order.requester, digest, signature);
        if (!signed) revert InvalidSignature();
        orderState[hash].registered = true;
        emit OrderRegistered(hash, order.requester);
    }

    /// @dev By the calendar, since a wallet shows a date: as long after the end as a withdrawal
    /// takes, and a pause.
    function _checkTime(uint256 expiresAt, uint256 revokedAt) private view {
        uint256 end = revokedAt == 0 ? expiresAt : _least(expiresAt, revokedAt);
        uint256 over = end + withdrawalDelay + PAUSE_TIME;
        if (block.timestamp > over) revert OrderOver(over);
    }

    /// @dev The least of what is due, what is there, and what the epoch's total has left.
    function _collectable(SpendingOrder calldata order, uint256 cumulative, uint256 taken)
        private
        view
        returns (uint256)
    {
        uint256 due = Math.saturatingSub(_least(cumulative, order.cap), taken);
        return _least(_least(due, depositOf[order.requester]), _uncollected());
    }

    /// @return amount what it was paid
    function _payOrPass(address account, uint256 cumulative, uint256 unpaid)
        private
        returns (uint256 amount)
    {
        uint256 before = claimed[account];
        if (cumulative <= before) return 0;
        amount = _least(cumulative - before, unpaid);
        if (amount == 0) return 0;
        claimed[account] = before + amount;
        if (token.trySafeTransfer(account, amount)) {
            emit Claimed(account, amount, before + amount);
            return amount;
        }
        claimed[account] = before;
        emit PaymentRefused(account, amount);
        return 0;
    }

    /// @dev A claim's gas counts: Math.min multiplies instead.
    function _least(uint256 one, uint256 other) private pure returns (uint256) {
        return one < other ? one : other;
    }

    /// @dev Hashed twice, so that no inner node of the tree can pass for a leaf.
    function _leaf(bytes memory encoded) private pure returns (bytes32) {
        return keccak256(bytes.concat(keccak256(encoded)));
    }
}
