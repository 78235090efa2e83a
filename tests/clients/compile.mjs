// Compiles Counter.sol to Counter.json with the pinned solc. Run after changing the contract.
import { readFileSync, writeFileSync } from "node:fs";
import solc from "solc";

const source = readFileSync(new URL("Counter.sol", import.meta.url), "utf8");
const input = {
  language: "Solidity",
  sources: { "Counter.sol": { content: source } },
  settings: {
    evmVersion: "cancun",
    optimizer: { enabled: true, runs: 200 },
    metadata: { bytecodeHash: "none" },
    outputSelection: { "*": { Counter: ["abi", "evm.bytecode.object"] } },
  },
};
const output = JSON.parse(solc.compile(JSON.stringify(input)));
const problems = output.errors ?? [];
if (problems.some((problem) => problem.severity === "error")) {
  throw new Error(problems.map((problem) => problem.formattedMessage).join("\n"));
}
const { abi, evm } = output.contracts["Counter.sol"].Counter;
const artifact = { abi, bytecode: `0x${evm.bytecode.object}` };
writeFileSync(new URL("Counter.json", import.meta.url), `${JSON.stringify(artifact, null, 1)}\n`);
