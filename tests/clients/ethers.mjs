// ethers v6 against a running network: EMULATE_RPC (http) and EMULATE_WS are given by `emulate up -- node ethers.mjs`.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { Contract, ContractFactory, JsonRpcProvider, Wallet, WebSocketProvider, parseEther, toBeHex } from "ethers";
import { until } from "./bounded.mjs";

const { abi, bytecode } = JSON.parse(readFileSync(new URL("Counter.json", import.meta.url), "utf8"));
const key = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80";
// Without its cache of 250 ms, in which ethers would repeat a nonce it has just used.
const provider = new JsonRpcProvider(process.env.EMULATE_RPC, undefined, { cacheTimeout: -1 });
const socket = new WebSocketProvider(process.env.EMULATE_WS);
const wallet = new Wallet(key, provider);

// Deploy, send, wait: the receipt is there when the send returns, so waiting costs no polling interval.
const counter = await (await new ContractFactory(abi, bytecode, wallet).deploy(5)).waitForDeployment();
const address = await counter.getAddress();
const receipt = await (await counter.move(3, "hello")).wait();
assert.equal(receipt.status, 1);
assert.equal(await counter.count(), 8n);

// Logs, by query and by subscription; new blocks.
const [log] = await counter.queryFilter(counter.filters.Moved(wallet.address), receipt.blockNumber);
assert.equal(log.args.to, 8n);
const moves = [];
const blocks = [];
await new Contract(address, abi, socket).on("Moved", (by, to, note) => moves.push({ by, to, note }));
await socket.on("block", (number) => blocks.push(number));
await until("a log and a block by WebSocket", () => moves.length > 0 && blocks.length > 0, async () => {
  await (await counter.move(1, "again")).wait();
});
assert.equal(moves[0].by, wallet.address);
assert.equal(moves[0].note, "again");
assert.ok(moves[0].to > 8n && moves[0].to <= (await counter.count()));
assert.ok(blocks[0] >= receipt.blockNumber);

// Why a call fails: a reason, a custom error, and a wrong nonce.
await assert.rejects(counter.move.staticCall(0, ""), (error) => error.reason === "nothing to do");
await assert.rejects(counter.move.staticCall(1000, ""), (error) => error.revert?.name === "TooFar");
await assert.rejects(counter.move.estimateGas(1000, ""), { code: "CALL_EXCEPTION" });
const mined = await (await counter.move(1000, "", { gasLimit: 100_000 })).wait().catch((error) => error.receipt);
assert.equal(mined.status, 0);
await assert.rejects(wallet.sendTransaction({ to: address, nonce: 0, gasLimit: 21_000 }), { code: "NONCE_EXPIRED" });
await assert.rejects(
  wallet.sendTransaction({ to: address, value: parseEther("1000000"), gasLimit: 50_000 }),
  { code: "INSUFFICIENT_FUNDS" },
);

// Fees, value, history.
const fees = await provider.getFeeData();
assert.ok(fees.maxFeePerGas > 0n && fees.gasPrice > 0n);
const poor = Wallet.createRandom().connect(provider);
await (await wallet.sendTransaction({ to: poor.address, value: parseEther("1") })).wait();
assert.equal(await provider.getBalance(poor.address), parseEther("1"));
assert.equal(await provider.getBalance(poor.address, receipt.blockNumber), 0n);
for (const type of [0, 1, 2]) {
  assert.equal((await (await wallet.sendTransaction({ to: poor.address, value: 1n, type })).wait()).status, 1);
}

// Trace.
const trace = await provider.send("debug_traceTransaction", [receipt.hash, { tracer: "callTracer" }]);
assert.equal(trace.to.toLowerCase(), address.toLowerCase());
assert.equal(trace.type, "CALL");

// Time travel, snapshot, impersonation.
const snapshot = await provider.send("evm_snapshot", []);
const before = (await provider.getBlock("latest")).timestamp;
await provider.send("evm_increaseTime", [3600]);
await provider.send("evm_mine", []);
assert.ok((await provider.getBlock("latest")).timestamp >= before + 3600);
assert.ok((await counter.time()) >= BigInt(before + 3600));
assert.equal(await provider.send("evm_revert", [snapshot]), true);
assert.ok((await provider.getBlock("latest")).timestamp < before + 3600);
const whale = "0x000000000000000000000000000000000000dEaD";
await provider.send("anvil_setBalance", [whale, toBeHex(parseEther("3"))]);
await provider.send("anvil_impersonateAccount", [whale]);
const asWhale = await provider.getSigner(whale);
assert.equal((await (await asWhale.sendTransaction({ to: poor.address, value: 7n })).wait()).status, 1);

// Signing by the node: EIP-712.
const signer = await provider.getSigner(0);
const domain = { name: "iExecODB", version: "5.0.0", chainId: (await provider.getNetwork()).chainId };
const types = { Order: [{ name: "price", type: "uint256" }] };
assert.equal(await signer.signTypedData(domain, types, { price: 3n }), await wallet.signTypedData(domain, types, { price: 3n }));

// Defaults: how long a send and its wait take.
const samples = [];
for (let round = 0; round < 20; round += 1) {
  const start = performance.now();
  await (await counter.move(1, "timing")).wait();
  samples.push(performance.now() - start);
}
samples.sort((a, b) => a - b);
console.log(`ethers: ok (send and wait(), median ${samples[10].toFixed(1)} ms)`);
await socket.destroy();
provider.destroy();
