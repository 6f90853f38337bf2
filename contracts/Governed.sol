// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ISettlement, Role} from "./ISettlement.sol";

/// @notice Who may do what, and when: the roles, a pause that ends by itself, and the clock that
/// stands still in it. Nothing here touches money.
abstract contract Governed is ISettlement {
    /// @notice The longest that a pause lasts.
    uint256 public constant PAUSE_TIME = 3 days;
    /// @notice The least between the end of a pause and the next.
    uint256 public constant PAUSE_REST = 30 days;

    mapping(Role => address) public holder;
    mapping(Role => address) public nominee;

    /// @dev The last of this contract's storage: Epochs goes on in the same slot, and a claim reads
    /// it all at once.
    uint40 private _pausedUntil;
    /// @dev All pauses so far, the one that runs in full.
    uint32 private _pausedTime;

    constructor(address governance, address poster, address arbiter, address guardian) {
        _assign(Role.Governance, governance);
        _assign(Role.Poster, poster);
        _assign(Role.Arbiter, arbiter);
        _assign(Role.Guardian, guardian);
    }

    modifier only(Role role) {
        if (msg.sender != holder[role]) revert NotHolder(role);
        _;
    }

    modifier whenRunning() {
        if (block.timestamp < _pausedUntil) revert Paused(_pausedUntil);
        _;
    }

    function nominate(Role role, address next) external only(Role.Governance) {
        nominee[role] = next;
        emit Nominated(role, next);
    }

    function accept(Role role) external {
        if (msg.sender != nominee[role]) revert NotNominee(role);
        delete nominee[role];
        _assign(role, msg.sender);
    }

    function pause() external only(Role.Guardian) {
        // The first pause waits for nothing.
        uint256 from = _pausedUntil == 0 ? 0 : _pausedUntil + PAUSE_REST;
        if (block.timestamp < from) revert PauseTooSoon(from);
        _pausedUntil = uint40(block.timestamp + PAUSE_TIME);
        _pausedTime += uint32(PAUSE_TIME);
        emit PauseBegan(_pausedUntil);
    }

    function resume() external {
        bool may = msg.sender == holder[Role.Guardian] || msg.sender == holder[Role.Governance];
        if (!may) revert NotHolder(Role.Guardian);
        if (block.timestamp >= _pausedUntil) revert NotPaused();
        _pausedTime -= uint32(_pausedUntil - block.timestamp);
        _pausedUntil = uint40(block.timestamp);
        emit PauseEnded();
    }

    function pausedUntil() external view returns (uint256) {
        return _pausedUntil;
    }

    function clock() public view returns (uint256) {
        // In a pause this is the moment when it began, afterwards the time less all pauses.
        uint256 until = _pausedUntil;
        return (block.timestamp < until ? until : block.timestamp) - _pausedTime;
    }

    function _assign(Role role, address next) private {
        if (next == address(0)) revert ZeroAddress();
        holder[role] = next;
        // A poster that judges its own posts would be no judge.
        address poster = holder[Role.Poster];
        if (poster != address(0) && poster == holder[Role.Arbiter]) revert PosterIsArbiter();
        emit Accepted(role, next);
    }
}
