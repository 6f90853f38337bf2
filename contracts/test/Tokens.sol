// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {TestDollar} from "../TestDollar.sol";

/// @notice Keeps a hundredth of every transfer.
contract FeeDollar is TestDollar {
    function _update(address from, address to, uint256 amount) internal override {
        uint256 fee = from == address(0) || to == address(0) ? 0 : amount / 100;
        if (fee > 0) super._update(from, address(0xfee), fee);
        super._update(from, to, amount - fee);
    }
}

/// @notice Calls its sender before each transfer and its receiver after, as ERC-777 does.
contract HookDollar is TestDollar {
    function _update(address from, address to, uint256 amount) internal override {
        _call(from);
        super._update(from, to, amount);
        _call(to);
    }

    function _call(address who) private {
        if (who.code.length == 0) return;
        (bool answered,) = who.call(abi.encodeWithSignature("onTransfer()"));
        answered;
    }
}

/// @notice Refuses to pay one account, as a stablecoin's list of the sanctioned does; and it may
/// refuse by an answer instead of a revert.
contract FreezingDollar is TestDollar {
    address public frozen;
    bool public politely;

    function freeze(address account, bool politely_) external {
        frozen = account;
        politely = politely_;
    }

    function transfer(address to, uint256 amount) public override returns (bool) {
        if (to != frozen) return super.transfer(to, amount);
        require(politely, "frozen");
        return false;
    }
}

/// @notice Moves money and says nothing, as the oldest tokens do.
contract SilentDollar {
    mapping(address account => uint256) public balanceOf;
    mapping(address account => mapping(address spender => uint256)) public allowance;

    function mint(address account, uint256 amount) external {
        balanceOf[account] += amount;
    }

    function approve(address spender, uint256 amount) external returns (bool) {
        allowance[msg.sender][spender] = amount;
        return true;
    }

    function transfer(address to, uint256 amount) external {
        _move(msg.sender, to, amount);
    }

    function transferFrom(address from, address to, uint256 amount) external {
        allowance[from][msg.sender] -= amount;
        _move(from, to, amount);
    }

    function _move(address from, address to, uint256 amount) private {
        balanceOf[from] -= amount;
        balanceOf[to] += amount;
    }
}

/// @notice Says that it moved the money, and did not.
contract LyingDollar is TestDollar {
    function transferFrom(address, address, uint256) public pure override returns (bool) {
        return true;
    }
}
