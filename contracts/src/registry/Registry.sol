// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {ERC721Enumerable} from "@openzeppelin/contracts/token/ERC721/extensions/ERC721Enumerable.sol";
import {Create2} from "@openzeppelin/contracts/utils/Create2.sol";
import {IRegistry} from "../interfaces/IRegistry.sol";
import {EntryProxy} from "./EntryProxy.sol";

/// @title What the three registries share: entries made at predictable addresses, each owned by its token.
abstract contract Registry is ERC721Enumerable, Ownable {
    /// @notice Returns the contract whose code all entries share.
    address public immutable master;
    /// @notice Returns the hash of the code an entry is created with.
    bytes32 public immutable proxyCodeHash = keccak256(type(EntryProxy).creationCode);
    /// @notice Returns the registry before this one, zero if there is none.
    IRegistry public previous;
    /// @notice Tells whether the registry before this one has been settled.
    bool public initialized;
    /// @notice Returns what the URI of every token begins with.
    string public baseURI;

    constructor(address entryMaster) {
        master = entryMaster;
    }

    /// @notice Settles the registry before this one, once; by the owner.
    /// @param previousRegistry the registry, zero for none
    function initialize(address previousRegistry) external onlyOwner {
        require(!initialized);
        initialized = true;
        previous = IRegistry(previousRegistry);
    }

    /// @notice Sets what the URI of every token begins with; by the owner.
    /// @param newBaseURI the beginning
    function setBaseURI(string calldata newBaseURI) external onlyOwner {
        baseURI = newBaseURI;
    }

    /// @notice Would name the registry in ENS, which development chains have not; by the owner.
    function setName(address, string calldata) external virtual onlyOwner {
        revert("Operation not supported on this chain");
    }

    /// @notice Tells whether an entry was created here or in a registry before this one.
    /// @param entry the entry
    function isRegistered(address entry) external view returns (bool) {
        return _exists(_tokenId(entry)) || (address(previous) != address(0) && previous.isRegistered(entry));
    }

    /// @notice Returns the code an entry is created with.
    function proxyCode() external view virtual returns (bytes memory) {
        return type(EntryProxy).creationCode;
    }

    /// @dev Creates an entry and gives its token to the owner. The owner is part of the salt, so that
    /// nobody can register another's entry in his own name.
    function _create(address entryOwner, bytes memory args) internal returns (address entry) {
        entry = Create2.deploy(0, _salt(args, entryOwner), type(EntryProxy).creationCode);
        EntryProxy(payable(entry)).initialize(master, args);
        _mint(entryOwner, _tokenId(entry));
    }

    function _predict(address entryOwner, bytes memory args) internal view returns (address) {
        return Create2.computeAddress(_salt(args, entryOwner), proxyCodeHash);
    }

    function _baseURI() internal view override returns (string memory) {
        return baseURI;
    }

    function _salt(bytes memory args, address entryOwner) private pure returns (bytes32) {
        return keccak256(abi.encodePacked(args, entryOwner));
    }

    function _tokenId(address entry) private pure returns (uint256) {
        return uint256(uint160(entry));
    }
}
