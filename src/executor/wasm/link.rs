//! The calls a sandboxed program may make: WASI preview 1, without sockets, links and signals.

use wasmi::{AsContextMut, Caller, Engine, Error, Extern, Linker};

use super::{descriptor, errno::Errno, guest::Guest, host::Host, path, process};

/// The module the calls are imported from.
const WASI: &str = "wasi_snapshot_preview1";

/// Fuel for any call, besides what its work costs.
const CALL_FUEL: u64 = 500;

/// Bytes a call may move for one fuel.
const BYTES_PER_FUEL: u64 = 8;

/// Makes the call `f`; its error becomes the number the program sees.
fn call(
    caller: &mut Caller<'_, Host>,
    f: impl FnOnce(&mut Guest<'_>, &mut Host) -> Result<(), Errno>,
) -> Result<i32, Error> {
    let Some(memory) = caller.get_export("memory").and_then(Extern::into_memory) else {
        return Ok(i32::from(Errno::Fault as u16));
    };
    let (bytes, host) = memory.data_and_store_mut(caller.as_context_mut());
    let result = f(&mut Guest(bytes), host);
    let owed = CALL_FUEL + std::mem::take(&mut host.owed) / BYTES_PER_FUEL;
    // What the slice cannot pay is owed to the next one.
    let fuel = caller.get_fuel()?;
    caller.data_mut().owed_fuel += owed.saturating_sub(fuel);
    caller.set_fuel(fuel.saturating_sub(owed))?;
    Ok(match result {
        Ok(()) => 0,
        Err(errno) => i32::from(errno as u16),
    })
}

/// Links each call to its function, by the names and types of its parameters.
macro_rules! link {
    ($linker:ident: $($name:literal => $function:path, ($($arg:ident: $type:ty),*);)*) => {
        $($linker.func_wrap(
            WASI,
            $name,
            |mut caller: Caller<'_, Host>, $($arg: $type),*| -> Result<i32, Error> {
                call(&mut caller, |guest, host| $function(guest, host, $($arg),*))
            },
        )?;)*
    };
}

/// Links calls that always say that there is no such call.
macro_rules! missing {
    ($linker:ident: $($name:literal => ($($type:ty),*);)*) => {
        $($linker.func_wrap(
            WASI,
            $name,
            |mut caller: Caller<'_, Host>, $(_: $type),*| -> Result<i32, Error> {
                call(&mut caller, |_, _| Err(Errno::NoSys))
            },
        )?;)*
    };
}

/// Returns a linker with every call there is.
pub(super) fn linker(engine: &Engine) -> Result<Linker<Host>, Error> {
    let mut linker = Linker::new(engine);
    process_calls(&mut linker)?;
    descriptor_calls(&mut linker)?;
    path_calls(&mut linker)?;
    missing_calls(&mut linker)?;
    Ok(linker)
}

fn process_calls(linker: &mut Linker<Host>) -> Result<(), Error> {
    link! { linker:
        "args_get" => process::args_get, (list: u32, at: u32);
        "args_sizes_get" => process::args_sizes_get, (count: u32, size: u32);
        "environ_get" => process::environ_get, (list: u32, at: u32);
        "environ_sizes_get" => process::environ_sizes_get, (count: u32, size: u32);
        "clock_res_get" => process::clock_res_get, (clock: u32, at: u32);
        "clock_time_get" => process::clock_time_get, (clock: u32, precision: u64, at: u32);
        "random_get" => process::random_get, (at: u32, length: u32);
        "sched_yield" => process::sched_yield, ();
        "poll_oneoff" => process::poll_oneoff, (list: u32, events: u32, count: u32, happened: u32);
    }
    linker.func_wrap(WASI, "proc_exit", |code: i32| -> Result<(), Error> {
        Err(Error::i32_exit(code))
    })?;
    Ok(())
}

fn descriptor_calls(linker: &mut Linker<Host>) -> Result<(), Error> {
    link! { linker:
        "fd_advise" => descriptor::advise, (fd: u32, at: u64, length: u64, advice: u32);
        "fd_close" => descriptor::close, (fd: u32);
        "fd_datasync" => descriptor::sync, (fd: u32);
        "fd_fdstat_get" => descriptor::fdstat_get, (fd: u32, at: u32);
        "fd_fdstat_set_flags" => descriptor::fdstat_set_flags, (fd: u32, flags: u32);
        "fd_filestat_get" => descriptor::filestat_get, (fd: u32, at: u32);
        "fd_filestat_set_size" => descriptor::filestat_set_size, (fd: u32, size: u64);
        "fd_pread" => descriptor::pread, (fd: u32, list: u32, count: u32, offset: u64, got: u32);
        "fd_prestat_get" => descriptor::prestat_get, (fd: u32, at: u32);
        "fd_prestat_dir_name" => descriptor::prestat_dir_name, (fd: u32, at: u32, length: u32);
        "fd_pwrite" => descriptor::pwrite,
            (fd: u32, list: u32, count: u32, offset: u64, written: u32);
        "fd_read" => descriptor::read, (fd: u32, list: u32, count: u32, got: u32);
        "fd_readdir" => descriptor::readdir,
            (fd: u32, buffer: u32, length: u32, cookie: u64, used: u32);
        "fd_renumber" => descriptor::renumber, (from: u32, to: u32);
        "fd_seek" => descriptor::seek, (fd: u32, offset: u64, whence: u32, position: u32);
        "fd_sync" => descriptor::sync, (fd: u32);
        "fd_tell" => descriptor::tell, (fd: u32, position: u32);
        "fd_write" => descriptor::write, (fd: u32, list: u32, count: u32, written: u32);
    }
    Ok(())
}

fn path_calls(linker: &mut Linker<Host>) -> Result<(), Error> {
    link! { linker:
        "path_create_directory" => path::create_directory, (fd: u32, path: u32, length: u32);
        "path_filestat_get" => path::filestat_get,
            (fd: u32, flags: u32, path: u32, length: u32, at: u32);
        "path_open" => path::open,
            (fd: u32, lookup: u32, path: u32, length: u32, how: u32,
             rights: u64, inherited: u64, flags: u32, opened: u32);
        "path_readlink" => path::readlink,
            (fd: u32, path: u32, length: u32, buffer: u32, size: u32, used: u32);
        "path_remove_directory" => path::remove_directory, (fd: u32, path: u32, length: u32);
        "path_rename" => path::rename,
            (fd: u32, path: u32, length: u32, new_fd: u32, new_path: u32, new_length: u32);
        "path_unlink_file" => path::unlink_file, (fd: u32, path: u32, length: u32);
    }
    Ok(())
}

fn missing_calls(linker: &mut Linker<Host>) -> Result<(), Error> {
    missing! { linker:
        "fd_allocate" => (u32, u64, u64);
        "fd_fdstat_set_rights" => (u32, u64, u64);
        "fd_filestat_set_times" => (u32, u64, u64, u32);
        "path_filestat_set_times" => (u32, u32, u32, u32, u64, u64, u32);
        "path_link" => (u32, u32, u32, u32, u32, u32, u32);
        "path_symlink" => (u32, u32, u32, u32, u32);
        "proc_raise" => (u32);
        "sock_accept" => (u32, u32, u32);
        "sock_recv" => (u32, u32, u32, u32, u32, u32);
        "sock_send" => (u32, u32, u32, u32, u32);
        "sock_shutdown" => (u32, u32);
    }
    Ok(())
}
