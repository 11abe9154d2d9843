//! The screen: taken over while the dashboard runs, and given back whatever happens.
//!
//! [`Screen`] restores the terminal when it is dropped and when anything panics, before the panic is
//! printed. Signals are the application's. Drawing may block for as long as the terminal does (a slow
//! connection, Ctrl-S); it happens in the thread that calls [`run_loop`], and nothing else waits for it.

use crate::{
    dashboard::{Action, Dashboard},
    session::Session,
};
use crossbeam_channel::{Receiver, RecvTimeoutError, TrySendError, bounded};
use ratatui::{
    Frame, Terminal,
    backend::CrosstermBackend,
    crossterm::{
        cursor, event, execute, queue,
        terminal::{
            BeginSynchronizedUpdate, EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen,
            disable_raw_mode, enable_raw_mode,
        },
    },
};
use std::{
    io::{self, BufWriter, IsTerminal, Stdout, Write},
    mem::ManuallyDrop,
    ops::ControlFlow,
    sync::{
        Arc, Once,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};
use thiserror::Error;

/// Time between two frames: 25 per second.
pub const FRAME: Duration = Duration::from_millis(40);
/// The thread that listens looks up this often.
const LISTENING: Duration = Duration::from_millis(100);
/// No more keys than this are handled before the next frame is drawn.
const KEYS_PER_FRAME: usize = 64;

/// Why the screen cannot be used.
#[derive(Debug, Error)]
pub enum TerminalError {
    /// The output goes to a file or a pipe.
    #[error("the output is not a terminal, so there is no dashboard; run it in a terminal, or add --headless")]
    NotATerminal,
    /// The screen was given back while the dashboard ran, because something panicked.
    #[error("the dashboard ended because another part of the program failed; its message is above")]
    GivenBack,
    /// The terminal failed.
    #[error("the terminal failed: {0}")]
    Io(#[from] io::Error),
}

/// Whether the terminal is taken over at this moment.
static TAKEN: AtomicBool = AtomicBool::new(false);
static HOOK: Once = Once::new();

/// The terminal, taken over: raw mode and the alternate screen until this is dropped.
#[derive(Debug)]
pub struct Screen {
    /// Never dropped: `restore` gives the terminal back, and where the window is closed, ratatui's own way of doing so
    /// would panic over not being able to complain.
    terminal: ManuallyDrop<Terminal<CrosstermBackend<BufWriter<Stdout>>>>,
}

impl Screen {
    /// Takes the terminal over.
    ///
    /// # Errors
    /// [`TerminalError::NotATerminal`] where standard output is a file or a pipe; [`TerminalError::Io`] where
    /// the terminal refuses.
    pub fn enter() -> Result<Self, TerminalError> {
        if !io::stdout().is_terminal() {
            return Err(TerminalError::NotATerminal);
        }
        HOOK.call_once(|| {
            let before = std::panic::take_hook();
            std::panic::set_hook(Box::new(move |panic| {
                restore();
                before(panic);
            }));
        });
        TAKEN.store(true, Ordering::SeqCst);
        let entered = enable_raw_mode().and_then(|()| {
            execute!(io::stdout(), EnterAlternateScreen, cursor::Hide)?;
            Terminal::new(CrosstermBackend::new(BufWriter::with_capacity(1 << 16, io::stdout())))
        });
        match entered {
            Ok(terminal) => Ok(Self { terminal: ManuallyDrop::new(terminal) }),
            Err(error) => {
                restore();
                Err(error.into())
            }
        }
    }

    /// Draws one frame, and sends only what changed since the last one.
    ///
    /// When this returns, the frame has been handed to the terminal: a clock that is read right after it says when
    /// the frame was drawn. A terminal that was resized is drawn anew, whole.
    ///
    /// # Errors
    /// [`TerminalError::GivenBack`] once the screen was restored, [`TerminalError::Io`] where writing fails.
    pub fn draw(&mut self, render: impl FnOnce(&mut Frame<'_>)) -> Result<(), TerminalError> {
        if !TAKEN.load(Ordering::SeqCst) {
            return Err(TerminalError::GivenBack);
        }
        // Terminals that know synchronised updates show whole frames only; the others ignore this.
        queue!(self.terminal.backend_mut(), BeginSynchronizedUpdate)?;
        self.terminal.draw(render)?;
        execute!(self.terminal.backend_mut(), EndSynchronizedUpdate)?;
        Ok(())
    }

    /// Sounds the terminal's bell.
    ///
    /// # Errors
    /// As [`Screen::draw`].
    pub fn bell(&mut self) -> Result<(), TerminalError> {
        if !TAKEN.load(Ordering::SeqCst) {
            return Err(TerminalError::GivenBack);
        }
        self.terminal.backend_mut().write_all(b"\x07")?;
        Ok(io::Write::flush(self.terminal.backend_mut())?)
    }

    /// Columns and rows of the terminal as they are now.
    ///
    /// # Errors
    /// [`TerminalError::Io`] where the terminal does not tell.
    pub fn size(&self) -> Result<[u16; 2], TerminalError> {
        let size = self.terminal.size()?;
        Ok([size.width, size.height])
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        restore();
    }
}

/// Gives the terminal back if it is taken over; harmless at any time, also twice, also from a signal's thread.
pub fn restore() {
    if TAKEN.swap(false, Ordering::SeqCst) {
        // There is nobody left to tell if this fails.
        let _ = disable_raw_mode();
        let _ = leave(&mut io::stdout());
    }
}

fn leave(out: &mut impl Write) -> io::Result<()> {
    execute!(out, EndSynchronizedUpdate, LeaveAlternateScreen, cursor::Show)
}

/// Shows the session until the person quits or `update` breaks.
///
/// `update` is called before every frame with [`Action::None`], to bring the session up to date, and once for
/// every other action that a key asks for; it must not wait. Frames come every 40 ms, and at once after a key.
///
/// # Errors
/// [`TerminalError`] where the terminal fails, or was given back because something panicked.
pub fn run_loop(
    screen: &mut Screen,
    dashboard: &mut Dashboard,
    session: &mut Session,
    mut update: impl FnMut(&mut Session, Action) -> ControlFlow<()>,
) -> Result<(), TerminalError> {
    let keys = Keys::listen()?;
    loop {
        if update(session, Action::None).is_break() {
            return Ok(());
        }
        let due = Instant::now() + FRAME;
        screen.draw(|frame| dashboard.render(frame, session))?;
        for handled in 0..KEYS_PER_FRAME {
            let wait = if handled == 0 { due.saturating_duration_since(Instant::now()) } else { Duration::ZERO };
            let Some(key) = keys.next(wait)? else { break };
            let action = dashboard.on_key(key, session);
            if action != Action::None && update(session, action).is_break() || action == Action::Quit {
                return Ok(());
            }
        }
    }
}

/// Keys, read in a thread of their own: reading from a terminal that has been closed never comes back, and the
/// session still has to end in order.
///
/// [`run_loop`] has its own; an application that waits for more than keys listens itself and selects on
/// [`Keys::pressed`] and [`Keys::resized`]. There can be one at a time.
#[derive(Debug)]
pub struct Keys {
    keys: Receiver<io::Result<event::KeyEvent>>,
    sizes: Receiver<[u16; 2]>,
    stop: Arc<AtomicBool>,
}

impl Keys {
    /// Begins to listen; ends when this is dropped.
    ///
    /// # Errors
    /// When no thread can be started.
    pub fn listen() -> io::Result<Self> {
        let (sender, keys) = bounded(KEYS_PER_FRAME);
        let (resized, sizes) = bounded(1);
        let newest = sizes.clone();
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        std::thread::Builder::new().name("motrace-keys".into()).spawn(move || {
            while !stopped.load(Ordering::Relaxed) {
                let read = match event::poll(LISTENING) {
                    Ok(false) => continue,
                    Ok(true) => event::read(),
                    Err(error) => Err(error),
                };
                let (key, is_over) = match read {
                    Ok(event::Event::Key(key)) => (Ok(key), false),
                    Ok(event::Event::Resize(columns, rows)) => {
                        if let Err(TrySendError::Full(size)) = resized.try_send([columns, rows]) {
                            // Only the newest size is of interest.
                            let _ = newest.try_recv();
                            let _ = resized.try_send(size);
                        }
                        continue;
                    }
                    Ok(_) => continue,
                    Err(error) => (Err(error), true),
                };
                if sender.send(key).is_err() || is_over {
                    break;
                }
            }
        })?;
        Ok(Self { keys, sizes, stop })
    }

    /// The keys that are pressed; an error is the last there is, and so is a disconnected channel.
    #[must_use]
    pub fn pressed(&self) -> &Receiver<io::Result<event::KeyEvent>> {
        &self.keys
    }

    /// Columns and rows whenever the terminal was resized and has to be drawn again; only the newest size waits.
    #[must_use]
    pub fn resized(&self) -> &Receiver<[u16; 2]> {
        &self.sizes
    }

    /// The next key within `wait`.
    ///
    /// # Errors
    /// When the terminal can no longer be read.
    pub fn next(&self, wait: Duration) -> io::Result<Option<event::KeyEvent>> {
        match self.keys.recv_timeout(wait) {
            Ok(key) => key.map(Some),
            Err(RecvTimeoutError::Timeout) => Ok(None),
            Err(RecvTimeoutError::Disconnected) => Err(io::Error::other("the keyboard is gone")),
        }
    }
}

impl Drop for Keys {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leaving_shows_the_cursor_and_the_normal_screen() {
        let mut out = Vec::new();
        assert!(leave(&mut out).is_ok());
        let text = String::from_utf8_lossy(&out);
        assert!(text.contains("\x1b[?1049l") && text.contains("\x1b[?25h"), "{text:?}");
    }

    #[test]
    fn output_into_a_pipe_is_refused_and_nothing_is_taken() {
        // Under a test runner standard output may be a terminal; then there is nothing to refuse.
        if !io::stdout().is_terminal() {
            assert!(matches!(Screen::enter(), Err(TerminalError::NotATerminal)));
            assert!(!TAKEN.load(Ordering::SeqCst));
        }
        restore();
    }
}
