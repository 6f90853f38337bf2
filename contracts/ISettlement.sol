// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice The four hands that the contract knows. Governance names them all, each in two steps.
enum Role {
    Governance,
    Poster,
    Arbiter,
    Guardian
}

/// @notice What may become of an epoch: `Pending -> Final`, or
/// `Pending -> Disputed -> (upheld) Pending -> Final`, or `Pending -> Disputed -> Struck`.
enum Status {
    None,
    Pending,
    Disputed,
    Final,
    Struck
}

/// @notice One close of the books. Both totals are the sums over all leaves, since the beginning.
/// @param creditsRoot over leaves (account, cumulative credit); zero for a tree without leaves
/// @param debitsRoot over leaves (requester, order hash, cumulative debit)
/// @param logRoot the receipt log's root, at `logSize` leaves
struct Epoch {
    bytes32 creditsRoot;
    uint256 creditsTotal;
    bytes32 debitsRoot;
    uint256 debitsTotal;
    bytes32 logRoot;
    uint64 logSize;
}

/// @notice What a requester signs (EIP-712): this project may spend so much of my deposit.
/// @param project sha256 of the project's id
/// @param expiresAt seconds since 1970; debits are collected for a time after it, never later
struct SpendingOrder {
    address requester;
    bytes32 project;
    uint256 cap;
    uint64 expiresAt;
    bytes32 nonce;
}

/// @notice What a deployment fixes for ever, in seconds and in the token's base units.
/// @param disputeWindow from a post to its becoming final
/// @param rulingTime what an arbiter has; after it the epoch falls
/// @param withdrawalDelay at least twice the sum of both and a day more
/// @param bond what a dispute puts at stake
struct Terms {
    uint64 disputeWindow;
    uint64 rulingTime;
    uint64 withdrawalDelay;
    uint256 bond;
}

/// @title Where requesters keep their deposits and contributors are paid.
/// @notice The coordinator posts its books as two cumulative Merkle roots. A posted epoch waits out
/// a window in which anyone may dispute it; then debits are collected from deposits, and credits
/// are paid from what was collected. Times are counted by `clock()`, which stands still in a pause.
interface ISettlement {
    event Deposited(address indexed requester, uint256 amount);
    event Covered(address indexed giver, uint256 amount);
    event WithdrawalRequested(address indexed requester, uint256 amount, uint256 availableAt);
    event Withdrawn(address indexed requester, uint256 amount);
    event OrderRegistered(bytes32 indexed order, address indexed requester);
    event OrderRevoked(bytes32 indexed order, address indexed requester);
    event Collected(
        address indexed requester, bytes32 indexed order, uint256 amount, uint256 cumulative
    );
    event EpochPosted(
        uint64 indexed number,
        bytes32 creditsRoot,
        uint256 creditsTotal,
        bytes32 debitsRoot,
        uint256 debitsTotal,
        bytes32 logRoot,
        uint64 logSize
    );
    event EpochDisputed(uint64 indexed number, address indexed disputer, uint256 bond);
    /// @param ruled false when the arbiter let its time pass
    event EpochStruck(uint64 indexed number, bool ruled);
    event EpochUpheld(uint64 indexed number, uint256 forfeited);
    /// @param cumulative all that the account has been paid, this amount included
    event Claimed(address indexed account, uint256 amount, uint256 cumulative);
    /// @notice A batch passed this account by, since the token would not pay it.
    event PaymentRefused(address indexed account, uint256 amount);
    event Nominated(Role indexed role, address nominee);
    event Accepted(Role indexed role, address holder);
    event PauseBegan(uint256 until);
    event PauseEnded();

    error TermsOutOfRange();
    error ZeroAddress();
    error NotHolder(Role role);
    error NotNominee(Role role);
    error PosterIsArbiter();
    error Paused(uint256 until);
    error PauseTooSoon(uint256 from);
    error NotPaused();
    error NothingArrived();
    error WithdrawalEarly(uint256 from);
    error NothingToWithdraw();
    error NotRequester();
    error InvalidSignature();
    error OrderOver(uint256 since);
    error NothingToCollect();
    error WrongNumber(uint64 expected);
    error EpochOpen(uint64 number);
    error TotalWithoutRoot();
    error TotalFell();
    error LogShrank();
    error CreditsPastDebits();
    error DebitsPastDeposits(uint256 held);
    error NotDisputable(uint64 number);
    error NotDisputed(uint64 number);
    error RulingLate(uint256 until);
    error RulingOpen(uint256 until);
    error InvalidProof();
    error LengthsDiffer();
    error NothingToClaim();
    error NothingCollected();

    /// @notice Pulls `amount` from the caller for `requester`'s account. Credits what arrived.
    function deposit(address requester, uint256 amount) external;

    /// @notice The same with the caller's ERC-2612 permit. A permit that somebody else submitted
    /// first is no obstacle: the allowance is there.
    function depositWithPermit(
        address requester,
        uint256 amount,
        uint256 deadline,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external;

    /// @notice Makes good, in a requester's stead, what was posted and could not be collected.
    function cover(uint256 amount) external;

    /// @notice Starts (again) the delay for `amount` of the caller's deposit; zero calls it off.
    function requestWithdrawal(uint256 amount) external;

    /// @notice Pays the caller what it requested, or what collected debits have left of it.
    function withdraw() external;

    /// @notice Checks the signature of an order once and for all, by anyone. A smart wallet can
    /// change its mind about a signature: register its order before working for it.
    function registerOrder(SpendingOrder calldata order, bytes calldata signature) external;

    /// @notice Ends an order, by its requester: as if `expiresAt` were now.
    function revokeOrder(SpendingOrder calldata order) external;

    /// @notice Takes a final debit from its requester's deposit, by anyone: never past the order's
    /// cap, and no more than is there (the rest stays due).
    function collect(
        SpendingOrder calldata order,
        bytes calldata signature,
        uint256 cumulative,
        bytes32[] calldata proof
    ) external;

    /// @notice Posts the next epoch, by the poster, once the one before is final or struck.
    /// @param number one more than the last number posted, struck ones included
    function post(uint64 number, Epoch calldata epoch) external;

    /// @notice Halts the pending epoch until the arbiter rules, for a bond, by anyone, once.
    function dispute(uint64 number) external;

    /// @notice By the arbiter. An epoch that stands costs the bond, which then backs the claims;
    /// one that falls gives it back, and the last final epoch goes on counting.
    function rule(uint64 number, bool stands) external;

    /// @notice Strikes an epoch on which the arbiter let its time pass, by anyone; the bond returns.
    function strikeUnruled(uint64 number) external;

    /// @notice Pays `account` what the final epoch credits it and it was not yet paid, by anyone.
    function claim(address account, uint256 cumulative, bytes32[] calldata proof) external;

    /// @notice The same for many by one multiproof. Accounts with nothing to claim, or whom the
    /// token refuses, are passed by, so that nobody can hold up a batch.
    function claimMany(
        address[] calldata accounts,
        uint256[] calldata cumulatives,
        bytes32[] calldata proof,
        bool[] calldata proofFlags
    ) external;

    /// @notice Names the next holder of a role, by governance; zero takes a nomination back.
    function nominate(Role role, address nominee) external;

    /// @notice Takes the role, by its nominee.
    function accept(Role role) external;

    /// @notice Stops the clock and every payment, by the guardian, for `PAUSE_TIME` at most; not
    /// again before `PAUSE_REST` has passed.
    function pause() external;

    /// @notice Ends a pause early, by the guardian or governance.
    function resume() external;

    /// @notice Seconds, less all the time spent in pauses.
    function clock() external view returns (uint256);
    function pausedUntil() external view returns (uint256);
    function holder(Role role) external view returns (address);
    function nominee(Role role) external view returns (address);

    function depositOf(address requester) external view returns (uint256);
    /// @param availableAt by `clock()`
    function withdrawalOf(address requester)
        external
        view
        returns (uint256 amount, uint256 availableAt);
    /// @notice What new work may count on: the deposit less the withdrawal requested.
    function availableTo(address requester) external view returns (uint256);

    /// @notice The EIP-712 struct hash, which names the order in leaves and events.
    function orderHash(SpendingOrder calldata order) external pure returns (bytes32);
    /// @notice What was taken under an order, and when it was revoked (0 for never).
    function orderState(bytes32 order)
        external
        view
        returns (uint128 taken, uint64 revokedAt, bool registered);

    /// @notice The number of the last epoch posted, whatever became of it.
    function lastPosted() external view returns (uint64);
    /// @notice The epoch that counts now; 0 before the first.
    function finalEpoch() external view returns (uint64);
    function epochOf(uint64 number) external view returns (Epoch memory);
    function statusOf(uint64 number) external view returns (Status);
    /// @notice The last post's deadlines by `clock()`; `rulingEnd` is 0 while nobody disputes it.
    function deadlines() external view returns (uint256 windowEnd, uint256 rulingEnd);

    /// @notice All that the account has been paid.
    function claimed(address account) external view returns (uint256);
    /// @param held in deposits now
    /// @param collected from deposits, and covered, ever
    /// @param unpaid what claims can be paid from: the contract's tokens less deposits and bonds
    function totals() external view returns (uint256 held, uint256 collected, uint256 unpaid);
    /// @notice The bond of the dispute now open.
    function bondHeld() external view returns (uint256);
}
