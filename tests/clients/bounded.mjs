// What keeps a client script from waiting for ever: a limit for the whole of it, and one for each wait.

/** Seconds after which a script that still runs has failed. */
const SCRIPT_SECONDS = 120;

/** Seconds after which a wait has failed. */
const WAIT_SECONDS = 20;

setTimeout(() => {
  console.error(`still running after ${SCRIPT_SECONDS} s: something never came`);
  process.exit(1);
}, SCRIPT_SECONDS * 1000).unref();

/**
 * Waits until `come()` holds, trying `nudge` again and again: clients do not tell when their
 * subscriptions have begun, so whatever they are to hear is made to happen until they do.
 */
export async function until(what, come, nudge = async () => {}) {
  const deadline = performance.now() + WAIT_SECONDS * 1000;
  while (!come()) {
    if (performance.now() > deadline) throw new Error(`${what} did not come within ${WAIT_SECONDS} s`);
    await nudge();
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
