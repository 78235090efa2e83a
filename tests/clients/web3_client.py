"""web3.py against a running network: EMULATE_RPC (http) and EMULATE_WS come from `emulate up -- python web3_client.py`."""

import asyncio
import faulthandler
import json
import os
import pathlib

from eth_account import Account
from web3 import AsyncWeb3, Web3, WebSocketProvider
from web3.exceptions import ContractCustomError, ContractLogicError, TransactionNotFound, Web3RPCError

ARTIFACT = json.loads((pathlib.Path(__file__).parent / "Counter.json").read_text())
ACCOUNT = Account.from_key("0x5de4111afa1a4b94908f83103eb1f1706367c2e68ca870fc3fb9a804cdab365a")
SOCKET = os.environ["EMULATE_WS"]

# Whatever never comes, the script ends.
faulthandler.dump_traceback_later(120, exit=True)

web3 = Web3(Web3.HTTPProvider(os.environ["EMULATE_RPC"]))
assert web3.is_connected()


def send(call, **fields):
    """Signs locally, sends raw, waits for the receipt."""
    transaction = call.build_transaction(
        {"from": ACCOUNT.address, "nonce": web3.eth.get_transaction_count(ACCOUNT.address), **fields}
    )
    signed = ACCOUNT.sign_transaction(transaction)
    return web3.eth.wait_for_transaction_receipt(web3.eth.send_raw_transaction(signed.raw_transaction), poll_latency=0.02)


def refused(kind, call):
    """Runs `call`, which must fail with `kind`, and returns the error."""
    try:
        call()
    except kind as error:
        return error
    raise AssertionError(f"expected {kind}")


# Deploy, send, wait, read logs.
deployed = send(web3.eth.contract(abi=ARTIFACT["abi"], bytecode=ARTIFACT["bytecode"]).constructor(5))
counter = web3.eth.contract(address=deployed["contractAddress"], abi=ARTIFACT["abi"])
receipt = send(counter.functions.move(3, "hello"))
assert receipt["status"] == 1
assert counter.functions.count().call() == 8
(moved,) = counter.events.Moved().get_logs(from_block=0)
assert moved["args"]["note"] == "hello"
block_filter = web3.eth.filter("latest")
log_filter = counter.events.Moved.create_filter(from_block="latest")
send(counter.functions.move(1, "filter"))
assert len(block_filter.get_new_entries()) == 1
assert [entry["args"]["to"] for entry in log_filter.get_new_entries()][-1] == 9

# Why a call fails.
assert "nothing to do" in str(refused(ContractLogicError, lambda: counter.functions.move(0, "").call()))
refused(ContractCustomError, lambda: counter.functions.move(1000, "").call())
refused(TransactionNotFound, lambda: web3.eth.get_transaction(b"\1" * 32))
refused(Web3RPCError, lambda: web3.manager.request_blocking("no_suchMethod", []))

# Fees, pool, history, proof.
assert web3.eth.max_priority_fee > 0
assert len(web3.eth.fee_history(2, "latest", [50])["baseFeePerGas"]) == 3
assert "pending" in web3.geth.txpool.status()
assert counter.functions.count().call(block_identifier=receipt["blockNumber"]) == 8
assert web3.eth.get_proof(counter.address, [0], "latest")["storageProof"][0]["value"] == b"\x09"

# Trace and travel.
trace = web3.provider.make_request("debug_traceTransaction", [receipt["transactionHash"].to_0x_hex(), {}])["result"]
assert trace["failed"] is False and trace["structLogs"]
snapshot = web3.provider.make_request("evm_snapshot", [])["result"]
before = web3.eth.get_block("latest")["timestamp"]
web3.provider.make_request("evm_setNextBlockTimestamp", [before + 5000])
web3.provider.make_request("evm_mine", [])
assert web3.eth.get_block("latest")["timestamp"] == before + 5000
assert web3.provider.make_request("evm_revert", [snapshot])["result"] is True
assert web3.eth.get_block("latest")["timestamp"] == before


async def subscribe():
    """Hears a new head and a log by WebSocket; both subscriptions stand before anything happens."""
    async with AsyncWeb3(WebSocketProvider(SOCKET)) as socket:
        heads = await socket.eth.subscribe("newHeads")
        logs = await socket.eth.subscribe("logs", {"address": counter.address})
        await asyncio.to_thread(send, counter.functions.move(2, "socket"))
        heard = set()
        async for message in socket.socket.process_subscriptions():
            heard.add(message["subscription"])
            if heard == {heads, logs}:
                return


try:
    asyncio.run(asyncio.wait_for(subscribe(), timeout=20))
except asyncio.TimeoutError:
    raise AssertionError("a head and a log did not come by WebSocket within 20 s") from None
print("web3.py: ok")
