// The iExec SDK against a running network: EMULATE_RPC and EMULATE_HUB are given by `emulate up -- node iexec.mjs`.
// It is not among the pinned packages: `npm install --no-save iexec@8.24.0` first.
import assert from "node:assert/strict";
import { IExec } from "iexec";
import { JsonRpcProvider, Wallet } from "ethers";
import "./bounded.mjs";

const key = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80";
// Without its cache of 250 ms, in which ethers would repeat a nonce it has just used.
const provider = new JsonRpcProvider(process.env.EMULATE_RPC, undefined, { cacheTimeout: -1 });
// Only the chain is needed here; the SDK wants every other address to be some URL.
const nowhere = "http://127.0.0.1:1";
const { account, app, dataset, deal, hub, order, wallet, workerpool } = new IExec(
  { ethProvider: new Wallet(key, provider) },
  {
    hubAddress: process.env.EMULATE_HUB,
    isNative: false,
    allowExperimentalNetworks: true,
    smsURL: nowhere,
    iexecGatewayURL: nowhere,
    resultProxyURL: nowhere,
    ipfsGatewayURL: nowhere,
    ipfsNodeURL: nowhere,
    pocoSubgraphURL: nowhere,
    compassURL: nowhere,
    voucherSubgraphURL: nowhere,
  },
);
const me = await wallet.getAddress();
const text = (value) => value.toString();

// RLC into the escrow, and some of it back.
await account.deposit(1_000_000_000);
await account.withdraw(100);
assert.equal(text((await account.checkBalance(me)).stake), "999999900");

// The three things an order is about.
const { address: program } = await app.deployApp({
  owner: me,
  name: "hello",
  type: "DOCKER",
  multiaddr: "docker.io/hello-world:1.0.0",
  checksum: `0x${"11".repeat(32)}`,
});
const { address: data } = await dataset.deployDataset({
  owner: me,
  name: "numbers",
  multiaddr: "/ipfs/QmW2WQi7j6c7UgJTarActp7tDNikE4B2qXtFCfLPdsgaTQ",
  checksum: `0x${"22".repeat(32)}`,
});
const { address: pool } = await workerpool.deployWorkerpool({ owner: me, description: "pool" });
assert.equal((await app.showApp(program)).app.appName, "hello");
assert.equal(text(await hub.countCategory()), "5");

// Four signed orders, one deal.
const apporder = await order.signApporder(await order.createApporder({ app: program, appprice: 100, volume: 10 }));
const datasetorder = await order.signDatasetorder(
  await order.createDatasetorder({ dataset: data, datasetprice: 5, volume: 10 }),
);
const workerpoolorder = await order.signWorkerpoolorder(
  await order.createWorkerpoolorder({ workerpool: pool, workerpoolprice: 200, volume: 10, category: 0 }),
);
const wish = await order.createRequestorder({
  app: program,
  appmaxprice: 100,
  dataset: data,
  datasetmaxprice: 5,
  workerpool: pool,
  workerpoolmaxprice: 200,
  volume: 1,
  category: 0,
  params: { iexec_args: "x", iexec_result_storage_provider: "ipfs" },
});
// The checks before would ask the secret management service.
const unchecked = { preflightCheck: false };
const requestorder = await order.signRequestorder(wish, unchecked);
const orders = { apporder, datasetorder, workerpoolorder, requestorder };
const { dealid, volume } = await order.matchOrders(orders, unchecked);
assert.equal(text(volume), "1");
const shown = await deal.show(dealid);
assert.equal(shown.app.pointer, program);
assert.equal(text(shown.app.price), "100");
assert.equal(shown.requester, me);
assert.match(await deal.computeTaskId(dealid, 0), /^0x[0-9a-f]{64}$/);

// An order taken back is spent; an app can be given away.
await order.cancelApporder(apporder);
await assert.rejects(order.matchOrders({ ...orders }, unchecked));
const bob = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";
await app.transferApp(program, bob);
assert.equal((await app.showApp(program)).app.owner, bob);
console.log("iexec: ok");
provider.destroy();
