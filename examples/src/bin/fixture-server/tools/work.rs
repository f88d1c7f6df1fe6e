//! Tools that take their time, and leave marks of what became of them.

use std::time::Duration;

use mcp_server::{Context, ToolError};
use tokio::time::{Instant, interval_at, sleep};

use crate::scratch::{Mark, Scratch};

/// How often `slow` reports.
const PERIOD: Duration = Duration::from_millis(50);

pub(super) struct Work {
    scratch: Scratch,
}

impl Work {
    pub(super) fn new(scratch: Scratch) -> Self {
        Self { scratch }
    }

    fn begin(&self, file: Option<&str>) -> Result<Begun, ToolError> {
        let mark = file.map(|file| self.scratch.mark(file)).transpose()?;
        if let Some(mark) = &mark {
            mark.with_ending(".start").make()?;
        }
        Ok(Begun { mark })
    }
}

#[mcp_server::handlers]
impl Work {
    /// Makes a file, which proves that it was called.
    #[tool]
    async fn mark(&self, file: String) -> Result<String, ToolError> {
        self.scratch.mark(&file)?.make()?;
        Ok(format!("marked {file}"))
    }

    /// Works for some time and reports how much of it is over.
    #[tool]
    async fn slow(&self, ms: u64, file: Option<String>, ctx: Context) -> Result<&'static str, ToolError> {
        let begun = self.begin(file.as_deref())?;
        let started = Instant::now();
        let mut reports = interval_at(started + PERIOD, PERIOD);
        let end = sleep(Duration::from_millis(ms));
        tokio::pin!(end);
        loop {
            tokio::select! {
                biased;
                () = &mut end => break,
                _ = reports.tick() => ctx.progress(milliseconds(started.elapsed()), ms as f64, "").await,
            }
        }
        begun.done()
    }

    /// Works for some time without a word.
    #[tool]
    async fn task_slow(&self, ms: u64, file: Option<String>) -> Result<&'static str, ToolError> {
        let begun = self.begin(file.as_deref())?;
        sleep(Duration::from_millis(ms)).await;
        begun.done()
    }

    /// Reports one step after the other.
    #[tool(read_only)]
    async fn progress(
        &self,
        #[arg(default = 5)] steps: u32,
        #[arg(default = 20)] delay_ms: u64,
        ctx: Context,
    ) -> &'static str {
        for step in 1..=steps {
            sleep(Duration::from_millis(delay_ms)).await;
            ctx.progress(step.into(), f64::from(steps), format!("step {step}")).await;
        }
        "done"
    }
}

/// Whole ones.
fn milliseconds(elapsed: Duration) -> f64 {
    (elapsed.as_secs_f64() * 1000.0).floor()
}

/// Work that has begun. Dropped before it is done, it was cancelled.
struct Begun {
    mark: Option<Mark>,
}

impl Begun {
    fn done(mut self) -> Result<&'static str, ToolError> {
        if let Some(mark) = self.mark.take() {
            mark.with_ending(".done").make()?;
        }
        Ok("done")
    }
}

impl Drop for Begun {
    fn drop(&mut self) {
        if let Some(mark) = self.mark.take()
            && let Err(error) = mark.with_ending(".cancelled").make()
        {
            tracing::error!(%error, "a mark of cancelled work cannot be made");
        }
    }
}
