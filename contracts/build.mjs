// Compiles src/ with the pinned solc and writes one artifact per deployed contract to artifacts/.
// `node build.mjs --check` compiles and fails if any committed artifact differs from the outcome.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import solc from "solc";

const ROOT = dirname(fileURLToPath(import.meta.url));
const SOURCES = join(ROOT, "src");
const ARTIFACTS = join(ROOT, "artifacts");
const MODULES = join(ROOT, "node_modules");
const SIZE_LIMIT = 24_576; // EIP-170

/** Contracts that are deployed, each with the file that holds it. */
const DEPLOYED = {
  AdministrationFacet: "hub/Facets.sol",
  EscrowFacet: "hub/Facets.sol",
  OrdersFacet: "hub/Facets.sol",
  TasksFacet: "hub/Facets.sol",
  ViewsFacet: "hub/Facets.sol",
  Hub: "hub/Hub.sol",
  App: "registry/App.sol",
  AppRegistry: "registry/AppRegistry.sol",
  Dataset: "registry/Dataset.sol",
  DatasetRegistry: "registry/DatasetRegistry.sol",
  Workerpool: "registry/Workerpool.sol",
  WorkerpoolRegistry: "registry/WorkerpoolRegistry.sol",
  EntryProxy: "registry/EntryProxy.sol",
  RLC: "token/RLC.sol",
  Consumer: "examples/Consumer.sol",
};

/** Functions of the registries that come from OpenZeppelin. */
const INHERITED = new Set([
  "approve", "balanceOf", "getApproved", "isApprovedForAll", "name", "owner", "ownerOf", "renounceOwnership",
  "safeTransferFrom", "setApprovalForAll", "supportsInterface", "symbol", "tokenByIndex", "tokenOfOwnerByIndex",
  "tokenURI", "totalSupply", "transferFrom", "transferOwnership",
]);

/** What has the functions, events and errors that together are the hub's ABI. */
const HUB_ABI = {
  AdministrationFacet: "hub/Facets.sol",
  EscrowFacet: "hub/Facets.sol",
  OrdersFacet: "hub/Facets.sol",
  TasksFacet: "hub/Facets.sol",
  ViewsFacet: "hub/Facets.sol",
  IUnserved: "interfaces/IUnserved.sol",
};

const sha256 = (text) => createHash("sha256").update(text).digest("hex");

/** All Solidity files below src/, as paths with forward slashes, sorted. */
function sourceFiles(folder = SOURCES) {
  return readdirSync(folder, { withFileTypes: true })
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return sourceFiles(path);
      return entry.name.endsWith(".sol") ? [relative(SOURCES, path).split(sep).join("/")] : [];
    })
    .sort();
}

function compile(files) {
  const input = {
    language: "Solidity",
    sources: Object.fromEntries(files.map((f) => [f, { content: readFileSync(join(SOURCES, f), "utf8") }])),
    settings: {
      evmVersion: "cancun",
      viaIR: true,
      optimizer: { enabled: true, runs: 1000 },
      metadata: { bytecodeHash: "none", appendCBOR: false },
      outputSelection: { "*": { "*": ["abi", "evm.bytecode.object", "evm.deployedBytecode.object", "metadata", "userdoc", "evm.methodIdentifiers"] } },
    },
  };
  const findImport = (path) => {
    const file = join(MODULES, path);
    return existsSync(file) ? { contents: readFileSync(file, "utf8") } : { error: `${path} is not installed` };
  };
  const output = JSON.parse(solc.compile(JSON.stringify(input), { import: findImport }));
  const complaints = output.errors ?? [];
  for (const complaint of complaints) console.error(complaint.formattedMessage);
  if (complaints.length > 0) throw new Error("the sources must compile without errors and warnings");
  return output.contracts;
}

/** Fails unless every function of ours says what it does. Those of OpenZeppelin are documented there. */
function checkNotices(name, contract) {
  const inherited = (entry) => name.endsWith("Registry") && INHERITED.has(entry.name);
  const own = contract.abi.filter((entry) => entry.type === "function" && !inherited(entry));
  const silent = own.filter(({ name: method, inputs }) => {
    const types = (list) => list.map((i) => i.type.replace("tuple", `(${i.components ? types(i.components) : ""})`));
    return !contract.userdoc.methods[`${method}(${types(inputs).join()})`]?.notice;
  });
  if (silent.length > 0) throw new Error(`${name}: no @notice on ${silent.map((entry) => entry.name).join(", ")}`);
}

/** SHA-256 of every file of ours a contract is made of; the compiler's metadata knows which. */
function sourceHashes(metadata) {
  const ours = Object.keys(JSON.parse(metadata).sources).filter((path) => !path.startsWith("@"));
  return Object.fromEntries(ours.sort().map((path) => [path, sha256(readFileSync(join(SOURCES, path)))]));
}

/** The hub's ABI: every function, event and error of its facets once. */
function mergeAbis(abis) {
  const entries = new Map();
  for (const entry of abis.flat()) {
    if (entry.type === "constructor") continue;
    const types = (inputs = []) => inputs.map((i) => i.type + types(i.components)).join();
    entries.set(`${entry.type} ${entry.name ?? ""}(${types(entry.inputs)})`, entry);
  }
  return [...entries.keys()].sort().map((key) => entries.get(key));
}

function render(artifact) {
  return `${JSON.stringify(artifact, null, 1)}\n`;
}

function build() {
  const contracts = compile(sourceFiles());
  const artifacts = new Map();
  for (const [name, file] of Object.entries(DEPLOYED)) {
    const contract = contracts[file]?.[name];
    if (!contract) throw new Error(`${file} holds no contract ${name}`);
    checkNotices(name, contract);
    const deployed = contract.evm.deployedBytecode.object;
    if (deployed.length / 2 > SIZE_LIMIT) {
      throw new Error(`${name} has ${deployed.length / 2} bytes, ${SIZE_LIMIT} are allowed`);
    }
    console.log(`${name.padEnd(22)} ${String(deployed.length / 2).padStart(6)} bytes`);
    artifacts.set(`${name}.json`, render({
      contractName: name,
      sourceName: file,
      solc: solc.version(),
      sourceHashes: sourceHashes(contract.metadata),
      selectors: Object.values(contract.evm.methodIdentifiers).map((selector) => `0x${selector}`).sort(),
      abi: contract.abi,
      bytecode: `0x${contract.evm.bytecode.object}`,
      deployedBytecode: `0x${deployed}`,
    }));
  }
  const parts = Object.entries(HUB_ABI).map(([name, file]) => contracts[file][name]);
  artifacts.set("IexecInterfaceToken.json", render({
    contractName: "IexecInterfaceToken",
    solc: solc.version(),
    sourceHashes: Object.assign({}, ...parts.map((part) => sourceHashes(part.metadata))),
    abi: mergeAbis(parts.map((part) => part.abi)),
  }));
  return artifacts;
}

function write(artifacts) {
  rmSync(ARTIFACTS, { recursive: true, force: true });
  mkdirSync(ARTIFACTS, { recursive: true });
  for (const [name, text] of artifacts) writeFileSync(join(ARTIFACTS, name), text);
}

function check(artifacts) {
  const committed = existsSync(ARTIFACTS) ? readdirSync(ARTIFACTS) : [];
  const names = new Set([...committed, ...artifacts.keys()]);
  const stale = [...names].sort().filter((name) => {
    const path = join(ARTIFACTS, name);
    return !artifacts.has(name) || !existsSync(path) || readFileSync(path, "utf8") !== artifacts.get(name);
  });
  if (stale.length > 0) throw new Error(`not what the sources compile to: ${stale.join(", ")}; run node build.mjs`);
  console.log("all artifacts are what the sources compile to");
}

const artifacts = build();
if (process.argv.includes("--check")) check(artifacts);
else write(artifacts);
