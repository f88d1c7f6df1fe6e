//! Notices handlers that block their thread, says so, and keeps the rest of the runtime going.
//!
//! A worker of the runtime that goes to sleep waits for I/O on behalf of all of them. If that worker wakes up for a
//! request whose handler then blocks, the others may all be asleep already, and nobody is left to see that the next
//! request has come. A worker that is woken looks after I/O again when it has nothing else to do: so a thread outside
//! of the runtime watches how long handlers have been running without a pause, and wakes one.

use std::{
    cell::Cell,
    sync::{
        Arc, Mutex, OnceLock, Weak,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread::{self, Thread},
    time::Duration,
};

use mcp_core::sync::lock;

use tokio::runtime::{Handle, Id, RuntimeFlavor};

/// How often the thread looks.
const PERIOD: Duration = Duration::from_millis(50);
/// For how many looks a handler may run without a pause.
const PATIENCE: u64 = 2;
/// After how many looks without a running handler the thread rests, and for how long at most.
const QUIET: u32 = 20;
const REST: Duration = Duration::from_secs(1);

/// Held while a handler is polled.
pub(crate) struct Polling(Option<Arc<Worker>>);

/// A worker thread of a runtime.
struct Worker {
    /// The look after which its handler began to be polled, or 0 while none is.
    since: AtomicU64,
    told: AtomicBool,
    /// Whether a task that wakes another worker has not run yet.
    waking: Arc<AtomicBool>,
    runtime: Handle,
}

#[derive(Default)]
struct Watch {
    workers: Mutex<Vec<Weak<Worker>>>,
    looks: AtomicU64,
    resting: AtomicBool,
    thread: OnceLock<Option<Thread>>,
}

fn watch() -> &'static Watch {
    static WATCH: OnceLock<Watch> = OnceLock::new();
    WATCH.get_or_init(Watch::default)
}

/// What a thread knows of itself.
#[derive(Clone)]
struct Entry {
    /// The runtime for which it holds: a thread that is no runtime's own may work for one after the other.
    of: Id,
    /// `None` where the runtime has no other worker to wake.
    worker: Option<Arc<Worker>>,
}

thread_local! {
    static ENTRY: Cell<Option<Entry>> = const { Cell::new(None) };
}

/// Notes that this thread polls a handler until the guard is dropped.
pub(crate) fn polling() -> Polling {
    let worker = ENTRY.try_with(worker_of_thread).ok().flatten();
    let worker = worker.filter(|worker| worker.since.load(Ordering::Relaxed) == 0);
    if let Some(worker) = &worker {
        let watch = watch();
        worker.since.store(watch.looks.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
        if watch.resting.load(Ordering::Relaxed) {
            watch.wake();
        }
    }
    Polling(worker)
}

impl Drop for Polling {
    fn drop(&mut self) {
        if let Some(worker) = &self.0 {
            worker.since.store(0, Ordering::Relaxed);
            worker.told.store(false, Ordering::Relaxed);
        }
    }
}

fn worker_of_thread(cell: &Cell<Option<Entry>>) -> Option<Arc<Worker>> {
    let runtime = Handle::try_current().ok()?;
    let of = runtime.id();
    let entry = cell.take().filter(|entry| entry.of == of);
    let entry = entry.unwrap_or_else(|| Entry { of, worker: register(runtime) });
    let worker = entry.worker.clone();
    cell.set(Some(entry));
    worker
}

/// Of a thread that runs its first handler.
#[cold]
#[inline(never)]
fn register(runtime: Handle) -> Option<Arc<Worker>> {
    if runtime.runtime_flavor() != RuntimeFlavor::MultiThread {
        return None;
    }
    let worker =
        Arc::new(Worker { since: AtomicU64::new(0), told: AtomicBool::new(false), waking: Arc::default(), runtime });
    let watch = watch();
    lock(&watch.workers).push(Arc::downgrade(&worker));
    watch.thread.get_or_init(|| {
        let looking = thread::Builder::new().name("mcp-watchdog".into()).spawn(|| self::watch().look_for_ever());
        looking.map(|handle| handle.thread().clone()).ok()
    });
    Some(worker)
}

impl Watch {
    /// Ends the rest of the thread that looks.
    #[cold]
    #[inline(never)]
    fn wake(&self) {
        if let Some(Some(thread)) = self.thread.get() {
            self.resting.store(false, Ordering::Relaxed);
            thread.unpark();
        }
    }

    fn look_for_ever(&self) {
        let mut quiet = 0;
        loop {
            thread::sleep(PERIOD);
            let look = self.looks.fetch_add(1, Ordering::Relaxed) + 1;
            quiet = if self.look(look) { 0 } else { quiet + 1 };
            if quiet >= QUIET {
                // A handler that begins at this very moment may not wake the thread; then it rests at most this long.
                self.resting.store(true, Ordering::Relaxed);
                thread::park_timeout(REST);
                self.resting.store(false, Ordering::Relaxed);
            }
        }
    }

    /// Wakes a worker for every handler that blocks; says whether any handler is being polled.
    fn look(&self, look: u64) -> bool {
        let mut any = false;
        lock(&self.workers).retain(|worker| {
            let Some(worker) = worker.upgrade() else { return false };
            let since = worker.since.load(Ordering::Relaxed);
            any |= since != 0;
            if since != 0 && look.saturating_sub(since) >= PATIENCE {
                worker.wake_another();
            }
            true
        });
        any
    }
}

impl Worker {
    fn wake_another(&self) {
        if !self.told.swap(true, Ordering::Relaxed) {
            tracing::warn!("a handler blocks its thread: mark it #[tool(blocking)], or await what it waits for");
        }
        if !self.waking.swap(true, Ordering::Relaxed) {
            let waking = self.waking.clone();
            self.runtime.spawn(async move { waking.store(false, Ordering::Relaxed) });
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};

    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::{TcpListener, TcpStream},
    };

    use super::*;

    /// Echoes bytes; blocks before it echoes a `b`, as a handler must not.
    async fn echo(mut stream: TcpStream) {
        let mut byte = [0];
        while stream.read_exact(&mut byte).await.is_ok() {
            if byte == *b"b" {
                let _polling = polling();
                thread::sleep(Duration::from_secs(2));
            }
            stream.write_all(&byte).await.unwrap();
        }
    }

    /// A test's thread, and that of a program with one runtime after the other, works for each of them.
    #[test]
    fn a_thread_is_watched_on_behalf_of_the_runtime_that_it_works_for_now() {
        let one_thread = || tokio::runtime::Builder::new_current_thread().build().unwrap();
        let many_threads = || tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
        let woken = |runtime: &tokio::runtime::Runtime| {
            runtime.block_on(async { polling().0.as_ref().map(|worker| worker.runtime.id()) })
        };
        let (none, first, second) = (one_thread(), many_threads(), many_threads());
        assert_eq!(woken(&none), None);
        for runtime in [&first, &second, &first] {
            assert_eq!(woken(runtime), Some(runtime.handle().id()));
        }
        assert_eq!(woken(&none), None);
    }

    /// The other worker is asleep when the first one is woken for the request that blocks it.
    #[test]
    fn io_goes_on_while_a_handler_blocks() {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let address = listener.local_addr().unwrap();
        runtime.spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(echo(stream));
            }
        });
        let ask = |stream: &mut std::net::TcpStream, byte: u8| {
            stream.write_all(&[byte]).unwrap();
            let mut answer = [0];
            stream.read_exact(&mut answer).unwrap();
            assert_eq!(answer, [byte]);
        };
        // From outside of the runtime, so that its workers have nothing to do in between.
        let mut blocked = std::net::TcpStream::connect(address).unwrap();
        let mut other = std::net::TcpStream::connect(address).unwrap();
        ask(&mut blocked, b'a');
        ask(&mut other, b'a');
        for _ in 0..3 {
            thread::sleep(Duration::from_millis(100));
            blocked.write_all(b"b").unwrap();
            thread::sleep(Duration::from_millis(100));
            let began = std::time::Instant::now();
            ask(&mut other, b'a');
            assert!(began.elapsed() < Duration::from_millis(1500), "nobody looked after I/O");
            blocked.read_exact(&mut [0]).unwrap();
        }
    }
}
