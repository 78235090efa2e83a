//! Calls on the program itself and its surroundings: arguments, variables, clock, chance, waiting.

use rand::RngCore;

use super::{
    errno::Errno,
    guest::Guest,
    host::{EPOCH_NS, Host, TICK_NS},
};

type Done = Result<(), Errno>;

/// The most events one call may wait for.
const EVENTS_MAX: u32 = 1024;

/// Kinds of events, by WASI's numbers.
const CLOCK: u8 = 0;

pub(super) fn args_sizes_get(
    guest: &mut Guest<'_>,
    host: &mut Host,
    count: u32,
    size: u32,
) -> Done {
    put_sizes(guest, &host.args, count, size)
}

pub(super) fn args_get(guest: &mut Guest<'_>, host: &mut Host, list: u32, at: u32) -> Done {
    guest.put_texts(list, at, &host.args)
}

pub(super) fn environ_sizes_get(
    guest: &mut Guest<'_>,
    host: &mut Host,
    count: u32,
    size: u32,
) -> Done {
    host.depends.on_task = true;
    put_sizes(guest, &host.variables, count, size)
}

pub(super) fn environ_get(guest: &mut Guest<'_>, host: &mut Host, list: u32, at: u32) -> Done {
    host.depends.on_task = true;
    guest.put_texts(list, at, &host.variables)
}

fn put_sizes(guest: &mut Guest<'_>, texts: &[String], count: u32, size: u32) -> Done {
    let bytes: usize = texts.iter().map(|text| text.len() + 1).sum();
    guest.put_u32(count, texts.len() as u32)?;
    guest.put_u32(size, bytes as u32)
}

pub(super) fn clock_res_get(guest: &mut Guest<'_>, _: &mut Host, clock: u32, at: u32) -> Done {
    match clock {
        0..=3 => guest.put_u64(at, TICK_NS),
        _ => Err(Errno::Inval),
    }
}

pub(super) fn clock_time_get(
    guest: &mut Guest<'_>,
    host: &mut Host,
    clock: u32,
    _: u64,
    at: u32,
) -> Done {
    let start = match clock {
        0 => EPOCH_NS,
        1..=3 => 0,
        _ => return Err(Errno::Inval),
    };
    let now = start.saturating_add(host.look_at_clock());
    guest.put_u64(at, now)
}

pub(super) fn random_get(guest: &mut Guest<'_>, host: &mut Host, at: u32, length: u32) -> Done {
    host.owed += u64::from(length);
    host.random()?.fill_bytes(guest.bytes_mut(at, length)?);
    Ok(())
}

pub(super) fn sched_yield(_: &mut Guest<'_>, _: &mut Host) -> Done {
    Ok(())
}

/// Waits for events: files are always ready, and a clock that is waited for is simply moved.
pub(super) fn poll_oneoff(
    guest: &mut Guest<'_>,
    host: &mut Host,
    subscriptions: u32,
    events: u32,
    count: u32,
    happened: u32,
) -> Done {
    if count == 0 || count > EVENTS_MAX {
        return Err(Errno::Inval);
    }
    let mut ready = Vec::new();
    let mut earliest: Option<(u64, u64)> = None;
    for index in 0..count {
        let at = subscriptions.checked_add(index * 48).ok_or(Errno::Fault)?;
        let subscription = guest.bytes(at, 48)?;
        let (user, kind) = (guest.u64(at)?, subscription[8]);
        if kind != CLOCK {
            ready.push((user, kind));
            continue;
        }
        let absolute = subscription[40] & 1 != 0;
        let start = match guest.u32(at + 16)? {
            0 => EPOCH_NS,
            _ => 0,
        };
        let timeout = guest.u64(at + 24)?;
        let due = match absolute {
            true => timeout.saturating_sub(start),
            false => host.clock_ns.saturating_add(timeout),
        };
        if earliest.is_none_or(|(earlier, _)| due < earlier) {
            earliest = Some((due, user));
        }
    }
    if let (true, Some((due, user))) = (ready.is_empty(), earliest) {
        let nap = due.saturating_sub(host.clock_ns);
        host.clock_ns = host.clock_ns.saturating_add(nap);
        host.slept_ns = host.slept_ns.saturating_add(nap);
        ready.push((user, CLOCK));
    }
    for (index, (user, kind)) in ready.iter().enumerate() {
        let at = events.checked_add(index as u32 * 32).ok_or(Errno::Fault)?;
        let mut event = [0; 32];
        event[..8].copy_from_slice(&user.to_le_bytes());
        event[10] = *kind;
        guest.put(at, &event)?;
    }
    guest.put_u32(happened, ready.len() as u32)
}
