//! `Server::serve_stdio`.

use std::io;

use super::{descriptors::Descriptors, input::Incoming, output::Outgoing};
use crate::{
    logging::Transport,
    serve::{
        error::{Result, ServeError},
        lines::Lines,
        pipe,
        signals::Termination,
    },
    server::Server,
};

impl Server {
    /// Serves the process's standard streams until the input ends, or the program is asked to end. A process does so
    /// once.
    ///
    /// The streams are set apart for the protocol, and stay so: what the program or a program that it starts writes to
    /// standard output goes to standard error, and standard input is empty for them. So a `println!` in a tool costs
    /// nothing but the surprise where it went. [`Limits::isolate_stdio`](crate::Limits::isolate_stdio) turns that off;
    /// then nothing but messages may be written to standard output (basic/transports, stdio). On Windows what a C
    /// library in this process prints is not diverted: it keeps the handle that it began with.
    ///
    /// What stands in the pipe when the input ends is still answered, within
    /// [`Limits::drain_at_eof`](crate::Limits::drain_at_eof). At Ctrl-C and SIGTERM nothing new is read, and calls may
    /// finish within [`Limits::drain`](crate::Limits::drain); a second one drops them and ends at once. A peer that
    /// does not read its answers for [`Limits::write_stall`](crate::Limits::write_stall) is given up.
    ///
    /// # Errors
    ///
    /// If the streams, the threads or the signal handlers cannot be set up, or the streams were served before.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future stops serving at once; calls in flight go on unanswered.
    pub async fn serve_stdio(&self) -> Result<()> {
        let engine = self.inner.engine.clone();
        let mut termination = Termination::listen()?;
        let (source, writer) =
            self.standard_streams().map_err(|error| ServeError::io("cannot serve the standard streams", error))?;
        let serving = pipe::serve(self.inner.eras.clone(), source, writer, Transport::Stdio);
        let mut serving = std::pin::pin!(serving);
        let end = tokio::select! {
            end = &mut serving => end,
            () = termination.asked() => {
                engine.lifecycle.stopping().raise();
                tokio::select! {
                    end = serving => end,
                    () = termination.asked() => {
                        engine.lifecycle.abort().await;
                        pipe::End::Stopping
                    }
                }
            }
        };
        tracing::debug!(?end, "standard streams are served no more");
        Ok(())
    }

    fn standard_streams(&self) -> io::Result<(Lines<Incoming>, Outgoing)> {
        let limits = &self.inner.engine.limits;
        let Descriptors { input, output } =
            if limits.isolate_stdio { Descriptors::set_apart()? } else { Descriptors::shared()? };
        let incoming = Incoming::read_in_thread(input)?;
        Ok((Lines::new(incoming, limits.line_bytes), Outgoing::write_in_thread(output, limits.write_stall)?))
    }
}
