//! The terminal: taken over, given back. Whatever ends the program, the terminal is as it was before.

use super::paint::Painter;
use crossterm::cursor::{Hide, Show};
use crossterm::event::{
    DisableBracketedPaste, DisableMouseCapture, EnableBracketedPaste, EnableMouseCapture,
};
use crossterm::terminal::{
    BeginSynchronizedUpdate, EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen, SetTitle,
    disable_raw_mode, enable_raw_mode,
};
use crossterm::{execute, queue};
use ratatui::Frame;
use ratatui::backend::CrosstermBackend;
use std::io::{self, BufWriter, Stdout, Write, stdout};
use std::mem::ManuallyDrop;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Once, OnceLock};
use std::thread::ThreadId;

/// One frame goes out in one write: over SSH that is one packet more often than not.
const FRAME_BYTES: usize = 64 << 10;

/// The terminal is ours. Asked for by the panic hook, which has nothing else to ask.
static TAKEN: AtomicBool = AtomicBool::new(false);
/// The thread that draws; other threads' panics are told by those who started them.
static SCREEN_THREAD: OnceLock<ThreadId> = OnceLock::new();

type Inner = ratatui::Terminal<CrosstermBackend<BufWriter<Stdout>>>;

/// The terminal while it is ours. Dropping it gives it back.
pub struct Terminal {
    /// Never dropped: its way of showing the cursor again prints where it cannot, and printing panics where the
    /// terminal is gone.
    inner: ManuallyDrop<Inner>,
    painter: Painter,
    mouse: bool,
}

impl Terminal {
    /// Takes it over.
    ///
    /// # Errors
    /// When standard output is no terminal, or not one that can be taken over.
    pub fn take(mouse: bool) -> io::Result<Terminal> {
        let _ = SCREEN_THREAD.set(std::thread::current().id());
        restore_on_panic();
        enter(mouse)?;
        let backend = CrosstermBackend::new(BufWriter::with_capacity(FRAME_BYTES, stdout()));
        match ratatui::Terminal::new(backend) {
            Ok(inner) => Ok(Terminal { inner: ManuallyDrop::new(inner), painter: Painter::default(), mouse }),
            Err(error) => {
                leave();
                Err(error)
            }
        }
    }

    /// Draws a frame: what differs from the last one goes out, at once and as one.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub fn draw(&mut self, draw: impl FnOnce(&mut Frame<'_>)) -> io::Result<()> {
        self.inner.autoresize()?;
        draw(&mut self.inner.get_frame());
        let mut bytes = vec![];
        queue!(bytes, BeginSynchronizedUpdate)?;
        self.painter.paint(self.inner.current_buffer_mut(), &mut bytes)?;
        queue!(bytes, EndSynchronizedUpdate)?;
        self.inner.swap_buffers();
        self.inner.backend_mut().write_all(&bytes)?;
        io::Write::flush(self.inner.backend_mut())
    }

    /// The next frame is drawn whole: something else wrote to the terminal.
    pub fn forget(&mut self) {
        self.painter.forget();
    }

    /// Columns and lines.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub fn size(&self) -> io::Result<(u16, u16)> {
        self.inner.size().map(|size| (size.width, size.height))
    }

    /// Writes a sequence of our own, such as one for the clipboard.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub fn write(&mut self, command: impl crossterm::Command) -> io::Result<()> {
        execute!(self.inner.backend_mut(), command)
    }

    /// Gives it back while `meanwhile` runs, and takes it again.
    ///
    /// # Errors
    /// When it cannot be taken again.
    pub fn lend(&mut self, meanwhile: impl FnOnce()) -> io::Result<()> {
        leave();
        meanwhile();
        enter(self.mouse)?;
        self.forget();
        Ok(())
    }
}

/// Whether an error means that the terminal is gone, and with it the person.
pub fn is_gone(error: &io::Error) -> bool {
    rustix::io::Errno::from_io_error(error) == Some(rustix::io::Errno::IO)
}

impl Drop for Terminal {
    fn drop(&mut self) {
        leave();
    }
}

fn enter(mouse: bool) -> io::Result<()> {
    enable_raw_mode()?;
    TAKEN.store(true, Ordering::SeqCst);
    let mut out = stdout();
    let entered = execute!(out, EnterAlternateScreen, EnableBracketedPaste, Hide, SetTitle("Lafayette"))
        .and_then(|()| if mouse { execute!(out, EnableMouseCapture) } else { Ok(()) });
    if entered.is_err() {
        leave();
    }
    entered
}

/// Once for each taking, whoever comes first.
fn leave() {
    if !TAKEN.swap(false, Ordering::SeqCst) {
        return;
    }
    let mut out = stdout();
    // Each by itself: what one cannot undo must not keep the next from it. Where the terminal is gone, nothing is to
    // be restored.
    let _ = execute!(out, DisableMouseCapture);
    let _ = execute!(out, EndSynchronizedUpdate, DisableBracketedPaste, LeaveAlternateScreen, Show);
    let _ = disable_raw_mode();
    let _ = out.flush();
}

/// Before the message of a panic is printed the terminal has to be as it was, or nobody reads it. A panic of another
/// thread is caught by who started it and shown on the screen; printed, it would tear the screen apart.
fn restore_on_panic() {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            let on_screen_thread = SCREEN_THREAD.get() == Some(&std::thread::current().id());
            if on_screen_thread {
                leave();
            } else if TAKEN.load(Ordering::SeqCst) {
                tracing::error!(target: "lafayette::screen", "a worker panicked: {info}");
                return;
            }
            before(info);
        }));
    });
}
