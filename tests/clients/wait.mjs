// Prints the median time in milliseconds that ethers v6, with its defaults, takes to send and wait().
import { JsonRpcProvider, Wallet } from "ethers";

const provider = new JsonRpcProvider(process.env.EMULATE_RPC);
const wallet = new Wallet("0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80", provider);
const samples = [];
for (let nonce = 0; nonce < 21; nonce += 1) {
  const start = performance.now();
  await (await wallet.sendTransaction({ to: wallet.address, value: 1n, nonce })).wait();
  samples.push(performance.now() - start);
}
samples.sort((a, b) => a - b);
console.log(samples[10].toFixed(2));
provider.destroy();
