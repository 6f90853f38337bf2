// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {Governed} from "./Governed.sol";
import {Epoch, Role, Status, Terms} from "./ISettlement.sol";

/// @notice The books: posted, waited out, disputed, ruled upon. At most one epoch is open at a
/// time, and roots are cumulative, so an epoch that falls takes nothing with it.
/// @dev What claims are paid from is read off the token's balance, so the guard is on everything
/// that moves or measures it: a token that called back between a transfer and its entry here would
/// have one transfer counted twice, or a deposit paid out as a claim.
abstract contract Epochs is Governed, ReentrancyGuardTransient {
    using SafeCast for uint256;
    using SafeERC20 for IERC20;

    /// @notice No deployment gives the public less to look at a post than this.
    uint256 public constant WINDOW_FLOOR = 1 days;
    uint256 public constant RULING_FLOOR = 1 days;
    uint256 public constant RULING_CEILING = 30 days;

    struct Stored {
        bytes32 creditsRoot;
        bytes32 debitsRoot;
        bytes32 logRoot;
        uint128 creditsTotal;
        uint128 debitsTotal;
        uint64 logSize;
        uint40 windowEnd;
        bool disputed;
        bool struck;
    }

    IERC20 public immutable token;
    uint256 public immutable disputeWindow;
    uint256 public immutable rulingTime;
    uint256 public immutable bond;

    /// @dev These five share a slot with the pause, 256 bits in all.
    /// The last number posted, and the last final epoch before it.
    uint24 private _latest;
    uint24 private _base;
    /// Of the window, or of the ruling while one is awaited.
    uint40 private _deadline;
    /// Of the last number posted; `Pending` stays when its time makes it final.
    Status private _state;
    /// Deposits and the bond: what no claim may touch.
    uint88 private _reserved;

    mapping(uint64 number => Stored) private _epochs;
    uint256 private _collected;
    address private _disputer;
    uint256 public bondHeld;

    constructor(IERC20 token_, Terms memory terms) {
        bool short = terms.disputeWindow < WINDOW_FLOOR || terms.rulingTime < RULING_FLOOR
            || terms.rulingTime > RULING_CEILING || terms.bond == 0;
        if (short) revert TermsOutOfRange();
        token = token_;
        disputeWindow = terms.disputeWindow;
        rulingTime = terms.rulingTime;
        bond = terms.bond;
    }

    function post(uint64 number, Epoch calldata epoch) external only(Role.Poster) whenRunning {
        uint64 next = uint64(_latest) + 1;
        if (number != next) revert WrongNumber(next);
        uint64 base = finalEpoch();
        if (base != _latest && _state != Status.Struck) revert EpochOpen(_latest);
        _check(epoch, _epochs[base]);

        uint40 windowEnd = (clock() + disputeWindow).toUint40();
        _epochs[number] = Stored({
            creditsRoot: epoch.creditsRoot,
            debitsRoot: epoch.debitsRoot,
            logRoot: epoch.logRoot,
            creditsTotal: epoch.creditsTotal.toUint128(),
            debitsTotal: epoch.debitsTotal.toUint128(),
            logSize: epoch.logSize,
            windowEnd: windowEnd,
            disputed: false,
            struck: false
        });
        _latest = uint256(number).toUint24();
        _base = uint24(base);
        _deadline = windowEnd;
        _state = Status.Pending;
        emit EpochPosted(
            number,
            epoch.creditsRoot,
            epoch.creditsTotal,
            epoch.debitsRoot,
            epoch.debitsTotal,
            epoch.logRoot,
            epoch.logSize
        );
    }

    /// @dev Open in a pause too: who saw the fault early need not race when the clock goes on.
    function dispute(uint64 number) external nonReentrant {
        bool open = number == _latest && _state == Status.Pending && !_epochs[number].disputed
            && clock() < _deadline;
        if (!open) revert NotDisputable(number);
        _state = Status.Disputed;
        _deadline = (clock() + rulingTime).toUint40();
        _epochs[number].disputed = true;
        _disputer = msg.sender;
        uint256 arrived = _pull(bond);
        bondHeld = arrived;
        _reserve(arrived);
        emit EpochDisputed(number, msg.sender, arrived);
    }

    function rule(uint64 number, bool stands) external only(Role.Arbiter) nonReentrant {
        _checkDisputed(number);
        if (clock() >= _deadline) revert RulingLate(_deadline);
        if (!stands) return _strike(number, true);
        // What is left of the window goes on: a hasty ruling does not shorten it.
        _state = Status.Pending;
        _deadline = _epochs[number].windowEnd;
        uint256 forfeited = bondHeld;
        delete bondHeld;
        delete _disputer;
        _release(forfeited);
        emit EpochUpheld(number, forfeited);
    }

    function strikeUnruled(uint64 number) external nonReentrant {
        _checkDisputed(number);
        if (clock() < _deadline) revert RulingOpen(_deadline);
        _strike(number, false);
    }

    function lastPosted() external view returns (uint64) {
        return _latest;
    }

    /// @dev Read, never written: an epoch becomes final without anybody's transaction.
    function finalEpoch() public view returns (uint64) {
        Status state = _state;
        bool settled = state == Status.None || (state == Status.Pending && clock() >= _deadline);
        return settled ? _latest : _base;
    }

    function epochOf(uint64 number) external view returns (Epoch memory) {
        Stored memory it = _epochs[number];
        return Epoch(
            it.creditsRoot, it.creditsTotal, it.debitsRoot, it.debitsTotal, it.logRoot, it.logSize
        );
    }

    function statusOf(uint64 number) external view returns (Status) {
        if (number == 0 || number > _latest) return Status.None;
        if (_epochs[number].struck) return Status.Struck;
        return number <= finalEpoch() ? Status.Final : _state;
    }

    function deadlines() external view returns (uint256 windowEnd, uint256 rulingEnd) {
        windowEnd = _epochs[_latest].windowEnd;
        rulingEnd = _state == Status.Disputed ? _deadline : 0;
    }

    function totals() external view returns (uint256 held, uint256 collected, uint256 unpaid) {
        return (_held(), _collected, _unpaid());
    }

    function _final() internal view returns (Stored storage) {
        return _epochs[finalEpoch()];
    }

    /// @dev Credits what arrived, whatever the token says.
    function _pull(uint256 amount) internal returns (uint256 arrived) {
        uint256 before = token.balanceOf(address(this));
        token.safeTransferFrom(msg.sender, address(this), amount);
        arrived = token.balanceOf(address(this)) - before;
        if (arrived == 0) revert NothingArrived();
    }

    function _reserve(uint256 amount) internal {
        _reserved = (_reserved + amount).toUint88();
    }

    /// @dev What is released and stays here backs the claims.
    function _release(uint256 amount) internal {
        _reserved = (_reserved - amount).toUint88();
    }

    function _count(uint256 collected) internal {
        _collected += collected;
    }

    /// @dev What the final epoch says is owed, and neither was collected nor covered.
    function _uncollected() internal view returns (uint256) {
        return Math.saturatingSub(_final().debitsTotal, _collected);
    }

    /// @dev All that claims can be paid from, by the token's own word: no deposit and no bond.
    function _unpaid() internal view returns (uint256) {
        return Math.saturatingSub(token.balanceOf(address(this)), _reserved);
    }

    function _held() private view returns (uint256) {
        return _reserved - bondHeld;
    }

    function _check(Epoch calldata epoch, Stored storage base) private view {
        bool rootless = epoch.creditsRoot == 0 && epoch.creditsTotal != 0;
        if (rootless || (epoch.debitsRoot == 0 && epoch.debitsTotal != 0)) {
            revert TotalWithoutRoot();
        }
        if (epoch.creditsTotal < base.creditsTotal) revert TotalFell();
        if (epoch.debitsTotal < base.debitsTotal) revert TotalFell();
        if (epoch.logSize < base.logSize) revert LogShrank();
        if (epoch.creditsTotal > epoch.debitsTotal) revert CreditsPastDebits();
        uint256 backing = _held() + _collected;
        if (epoch.debitsTotal > backing) revert DebitsPastDeposits(backing);
    }

    function _checkDisputed(uint64 number) private view {
        if (number != _latest || _state != Status.Disputed) revert NotDisputed(number);
    }

    function _strike(uint64 number, bool ruled) private {
        _state = Status.Struck;
        _epochs[number].struck = true;
        (address disputer, uint256 amount) = (_disputer, bondHeld);
        delete _disputer;
        delete bondHeld;
        _release(amount);
        emit EpochStruck(number, ruled);
        token.safeTransfer(disputer, amount);
    }
}
