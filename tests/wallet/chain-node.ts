// A local Ethereum chain for the tests: the one that the demo runs on.
export { type LocalChain as ChainNode, startLocalChain as startChain } from '#cli/local-chain.ts';
