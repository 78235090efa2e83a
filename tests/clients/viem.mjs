// viem against a running network: EMULATE_RPC (http) and EMULATE_WS are given by `emulate up -- node viem.mjs`.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import {
  createPublicClient, createTestClient, createWalletClient, http, parseEther, publicActions, walletActions, webSocket,
} from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { foundry } from "viem/chains";
import { until } from "./bounded.mjs";

const { abi, bytecode } = JSON.parse(readFileSync(new URL("Counter.json", import.meta.url), "utf8"));
const account = privateKeyToAccount("0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d");
const transport = http(process.env.EMULATE_RPC);
const client = createPublicClient({ chain: foundry, transport, pollingInterval: 50 });
const wallet = createWalletClient({ chain: foundry, transport, account });
const test = createTestClient({ chain: foundry, mode: "anvil", transport }).extend(publicActions).extend(walletActions);
const socket = createPublicClient({ chain: foundry, transport: webSocket(process.env.EMULATE_WS) });

// Deploy, send, wait.
const deployed = await client.waitForTransactionReceipt({ hash: await wallet.deployContract({ abi, bytecode, args: [5n] }) });
const counter = { address: deployed.contractAddress, abi };
const { request } = await client.simulateContract({ ...counter, account, functionName: "move", args: [3n, "hello"] });
const receipt = await client.waitForTransactionReceipt({ hash: await wallet.writeContract(request) });
assert.equal(receipt.status, "success");
assert.equal(await client.readContract({ ...counter, functionName: "count" }), 8n);

// Logs over HTTP, a filter, a revert with its decoded error.
const found = await client.getContractEvents({ ...counter, eventName: "Moved", fromBlock: 0n });
assert.equal(found.length, 1);
const filter = await client.createContractEventFilter({ ...counter, eventName: "Moved" });
await client.waitForTransactionReceipt({ hash: await wallet.writeContract({ ...counter, functionName: "move", args: [1n, "f"] }) });
assert.equal((await client.getFilterChanges({ filter })).length, 1);
await assert.rejects(
  client.simulateContract({ ...counter, account, functionName: "move", args: [1000n, ""] }),
  (error) => error.cause.data?.errorName === "TooFar",
);
await assert.rejects(
  client.simulateContract({ ...counter, account, functionName: "move", args: [0n, ""] }),
  (error) => error.cause.reason === "nothing to do",
);

// Fees, access list, proof, multi-call, state override.
const fees = await client.estimateFeesPerGas();
assert.ok(fees.maxFeePerGas > 0n);
assert.ok((await client.getFeeHistory({ blockCount: 4, rewardPercentiles: [25, 75] })).baseFeePerGas.length >= 2);
const proof = await client.getProof({ address: counter.address, storageKeys: [`0x${"0".repeat(64)}`] });
assert.equal(proof.storageProof[0].value, 9n);
assert.ok((await client.createAccessList({ to: counter.address, data: "0x06661abd" })).gasUsed > 0n);
const overridden = await client.readContract({
  ...counter,
  functionName: "count",
  stateOverride: [{ address: counter.address, stateDiff: [{ slot: `0x${"0".repeat(64)}`, value: `0x${"0".repeat(62)}ff` }] }],
});
assert.equal(overridden, 255n);
const { results } = await client.simulateCalls({ account, calls: [{ to: counter.address, abi, functionName: "count" }] });
assert.equal(results[0].result, 9n);
const { results: refused } = await client.simulateCalls({
  account,
  calls: [{ to: counter.address, abi, functionName: "move", args: [1000n, ""] }],
});
assert.equal(refused[0].status, "failure");
assert.equal(refused[0].error.cause.data?.errorName ?? refused[0].error.cause.cause?.data?.errorName, "TooFar");

// Logs and blocks by WebSocket.
const logs = [];
const blocks = [];
const stopLogs = socket.watchContractEvent({ ...counter, eventName: "Moved", onLogs: (heard) => logs.push(...heard) });
const stopBlocks = socket.watchBlocks({ onBlock: (block) => blocks.push(block.number) });
await until("a log and a block by WebSocket", () => logs.length > 0 && blocks.length > 0, async () => {
  const again = await wallet.writeContract({ ...counter, functionName: "move", args: [1n, "again"] });
  await client.waitForTransactionReceipt({ hash: again });
});
assert.equal(logs[0].args.note, "again");
assert.ok(blocks[0] > receipt.blockNumber);
stopLogs();
stopBlocks();

// Trace.
const trace = await client.request({ method: "debug_traceTransaction", params: [receipt.transactionHash, { tracer: "prestateTracer" }] });
assert.ok(Object.keys(trace).includes(counter.address.toLowerCase()));

// Time travel, snapshots, mining by hand, impersonation.
const id = await test.snapshot();
await test.increaseTime({ seconds: 86_400 });
await test.mine({ blocks: 3 });
const later = await client.getBlock();
assert.ok(later.number >= receipt.blockNumber + 3n);
await test.revert({ id });
assert.ok((await client.getBlock()).number < later.number);
await test.setAutomine(false);
const pending = await wallet.sendTransaction({ to: account.address, value: 1n });
assert.equal((await test.getTxpoolStatus()).pending, 1);
await test.mine({ blocks: 1 });
assert.equal((await client.getTransactionReceipt({ hash: pending })).status, "success");
await test.setAutomine(true);
const whale = "0x000000000000000000000000000000000000bEEF";
await test.setBalance({ address: whale, value: parseEther("2") });
await test.impersonateAccount({ address: whale });
const hash = await test.sendTransaction({ account: whale, to: account.address, value: 5n });
assert.equal((await client.waitForTransactionReceipt({ hash })).status, "success");

// EIP-7702: the account borrows the counter's code.
const authorization = await wallet.signAuthorization({ contractAddress: counter.address, executor: "self" });
const set = await wallet.sendTransaction({ authorizationList: [authorization], to: account.address, data: "0x06661abd" });
assert.equal((await client.waitForTransactionReceipt({ hash: set })).status, "success");
assert.ok((await client.getCode({ address: account.address })).startsWith("0xef0100"));

console.log("viem: ok");
process.exit(0);
