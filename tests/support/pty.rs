//! A terminal of its own for a program: types keys, sees what a person would see, waits for it with a deadline.

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, SlavePty, native_pty_system};
use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

/// No step takes nearly as long; a test that waits in vain ends after it.
const PATIENCE: Duration = Duration::from_secs(20);

/// The terminal shows nothing of a frame before all of it is there.
const FRAME_BEGINS: &[u8] = b"\x1b[?2026h";
const FRAME_ENDS: &[u8] = b"\x1b[?2026l";

/// A program on a terminal. Killed when dropped.
pub struct Pty {
    /// `None` after a hang-up.
    line: Option<Line>,
    child: Box<dyn Child + Send + Sync>,
    output: Receiver<(Instant, Vec<u8>)>,
    terminal: vt100::Parser,
    /// Everything that the program wrote.
    pub written: Vec<u8>,
    settings_before: String,
}

/// Our end of the terminal, and the program's.
struct Line {
    master: Box<dyn MasterPty + Send>,
    keyboard: Box<dyn Write + Send>,
    /// Kept open, so that what the program did to the terminal can be looked at when it is gone.
    _slave: Box<dyn SlavePty + Send>,
}

fn pty_size((columns, lines): (u16, u16)) -> PtySize {
    PtySize { cols: columns, rows: lines, pixel_width: 0, pixel_height: 0 }
}

fn not_zero(number: u16) -> NonZeroU16 {
    NonZeroU16::new(number).unwrap_or(NonZeroU16::MIN)
}

/// The bytes of keys: characters stand for themselves, `<enter>`, `<ctrl-d>`, `<down>` and the like for what they send.
pub fn bytes_of(keys: &str) -> Vec<u8> {
    const NAMED: &[(&str, &str)] = &[
        ("enter", "\r"),
        ("esc", "\x1b"),
        ("tab", "\t"),
        ("backtab", "\x1b[Z"),
        ("space", " "),
        ("backspace", "\x7f"),
        ("delete", "\x1b[3~"),
        ("up", "\x1b[A"),
        ("down", "\x1b[B"),
        ("right", "\x1b[C"),
        ("left", "\x1b[D"),
        ("home", "\x1b[H"),
        ("end", "\x1b[F"),
        ("pageup", "\x1b[5~"),
        ("pagedown", "\x1b[6~"),
        ("f12", "\x1b[24~"),
    ];
    let mut out = vec![];
    let mut rest = keys;
    while let Some(first) = rest.chars().next() {
        let named = rest.strip_prefix('<').and_then(|rest| rest.split_once('>')).and_then(|(name, after)| {
            let control =
                name.strip_prefix("ctrl-").and_then(|letter| Some(vec![letter.bytes().next()? & 0x1f]));
            let plain =
                NAMED.iter().find(|(known, _)| *known == name).map(|(_, sent)| sent.as_bytes().to_vec());
            Some((control.or(plain)?, after))
        });
        let (sent, after) = match named {
            Some(found) => found,
            None => (rest.as_bytes()[..first.len_utf8()].to_vec(), &rest[first.len_utf8()..]),
        };
        out.extend(sent);
        rest = after;
    }
    out
}

impl Pty {
    /// Starts a program on a terminal of this size.
    pub fn start(command: CommandBuilder, size: (u16, u16)) -> Pty {
        let pair = native_pty_system().openpty(pty_size(size)).unwrap();
        let settings_before = settings(&*pair.master);
        let child = pair.slave.spawn_command(command).unwrap();
        let mut reader = pair.master.try_clone_reader().unwrap();
        let (sender, output) = channel();
        std::thread::spawn(move || {
            let mut buffer = vec![0; 64 << 10];
            while let Ok(count) = reader.read(&mut buffer) {
                if count == 0 || sender.send((Instant::now(), buffer[..count].to_vec())).is_err() {
                    return;
                }
            }
        });
        let keyboard = pair.master.take_writer().unwrap();
        Pty {
            line: Some(Line { master: pair.master, keyboard, _slave: pair.slave }),
            child,
            output,
            terminal: vt100::Parser::new(not_zero(size.1), not_zero(size.0), 0),
            written: vec![],
            settings_before,
        }
    }

    /// The process.
    pub fn id(&self) -> u32 {
        self.child.process_id().unwrap()
    }

    /// Types these keys; gives when.
    pub fn keys(&mut self, keys: &str) -> Instant {
        self.send(&bytes_of(keys))
    }

    /// Sends these bytes; gives when.
    pub fn send(&mut self, bytes: &[u8]) -> Instant {
        let now = Instant::now();
        let line = self.line.as_mut().unwrap();
        line.keyboard.write_all(bytes).unwrap();
        line.keyboard.flush().unwrap();
        now
    }

    /// Gives the terminal another size.
    pub fn resize(&mut self, size: (u16, u16)) {
        self.terminal.screen_mut().set_size(not_zero(size.1), not_zero(size.0));
        self.line.as_ref().unwrap().master.resize(pty_size(size)).unwrap();
    }

    /// What a person sees.
    pub fn text(&self) -> String {
        self.terminal.screen().contents()
    }

    /// The terminal.
    pub fn screen(&self) -> &vt100::Screen {
        self.terminal.screen()
    }

    /// Waits until this holds of the terminal; gives when the bytes came that made it so.
    #[track_caller]
    pub fn until(&mut self, what: &str, holds: impl Fn(&vt100::Screen) -> bool) -> Instant {
        let end = Instant::now() + PATIENCE;
        let mut at = Instant::now();
        while !holds(self.terminal.screen()) {
            match self.output.recv_timeout(end.saturating_duration_since(Instant::now())) {
                Ok((when, bytes)) => {
                    at = when;
                    self.take(&bytes);
                }
                Err(why) => panic!("it never came that {what} ({why}):\n{}", self.text()),
            }
        }
        at
    }

    /// Waits for a text.
    #[track_caller]
    pub fn sees(&mut self, text: &str) -> Instant {
        self.until(&format!("'{text}' is seen"), |screen| screen.contents().contains(text))
    }

    /// Waits until a text is gone.
    #[track_caller]
    pub fn sees_no(&mut self, text: &str) -> Instant {
        self.until(&format!("'{text}' is gone"), |screen| !screen.contents().contains(text))
    }

    /// Types these keys and waits until the program has drawn a frame that it began after them.
    #[track_caller]
    pub fn frame(&mut self, keys: &str) -> Instant {
        self.settle(Duration::ZERO);
        let from = self.written.len();
        self.keys(keys);
        let end = Instant::now() + PATIENCE;
        loop {
            match self.output.recv_timeout(end.saturating_duration_since(Instant::now())) {
                Ok((when, bytes)) => {
                    self.take(&bytes);
                    let new = &self.written[from..];
                    let begun = find(new, FRAME_BEGINS).unwrap_or(new.len());
                    if find(&new[begun..], FRAME_ENDS).is_some() {
                        return when;
                    }
                }
                Err(why) => panic!("nothing was drawn after {keys:?} ({why}):\n{}", self.text()),
            }
        }
    }

    /// The frames that come until nothing has come for this long: when each was there whole, its bytes, and what
    /// `look` finds on the screen then.
    pub fn frames(
        &mut self,
        quiet: Duration,
        look: impl Fn(&vt100::Screen) -> String,
    ) -> Vec<(Instant, usize, String)> {
        let mut frames = vec![];
        let mut begun = 0;
        while let Ok((when, bytes)) = self.output.recv_timeout(quiet) {
            let mut rest = bytes.as_slice();
            while let Some(at) = find(rest, FRAME_ENDS) {
                let (frame, after) = rest.split_at(at + FRAME_ENDS.len());
                self.take(frame);
                frames.push((when, begun + frame.len(), look(self.screen())));
                (rest, begun) = (after, 0);
            }
            self.take(rest);
            begun += rest.len();
        }
        frames
    }

    /// Takes what comes until nothing has come for this long; gives how much that was, and when the last of it came.
    pub fn settle(&mut self, quiet: Duration) -> (usize, Option<Instant>) {
        let (mut count, mut last) = (0, None);
        while let Ok((when, bytes)) = self.output.recv_timeout(quiet) {
            count += bytes.len();
            last = Some(when);
            self.take(&bytes);
        }
        (count, last)
    }

    fn take(&mut self, bytes: &[u8]) {
        self.terminal.process(bytes);
        self.written.extend_from_slice(bytes);
    }

    /// Takes the terminal away, as a lost connection does.
    pub fn hang_up(&mut self) {
        // The thread that reads holds the terminal as well, until there is something to read and nobody to give it to.
        self.output = channel().1;
        self.keys("?");
        self.line = None;
    }

    /// Sends a signal by its name, such as `-TERM`.
    pub fn signal(&self, name: &str) {
        let done = std::process::Command::new("kill").args([name, &self.id().to_string()]).status().unwrap();
        assert!(done.success());
    }

    /// The letter of the process's state: `S` sleeps, `T` is stopped.
    pub fn state(&self) -> char {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.id())).unwrap_or_default();
        stat.rsplit_once(") ").and_then(|(_, rest)| rest.chars().next()).unwrap_or('?')
    }

    /// Waits for the end; gives the exit code, or a sentence about the signal.
    #[track_caller]
    pub fn ended(&mut self) -> Result<u32, String> {
        let end = Instant::now() + PATIENCE;
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            match self.output.recv_timeout(Duration::from_millis(5)) {
                Ok((_, bytes)) => self.take(&bytes),
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {}
            }
            assert!(Instant::now() < end, "the program does not end:\n{}", self.text());
        };
        // What it wrote last is still on its way through the kernel.
        self.settle(Duration::from_millis(30));
        match status.signal() {
            Some(signal) => Err(signal.to_owned()),
            None => Ok(status.exit_code()),
        }
    }

    /// The terminal is ours: another screen, no cursor, pastes in brackets, each key by itself.
    pub fn is_taken(&self) -> bool {
        let screen = self.screen();
        screen.alternate_screen() && screen.hide_cursor() && screen.bracketed_paste() && self.is_raw()
    }

    fn settings(&self) -> String {
        settings(&*self.line.as_ref().unwrap().master)
    }

    /// The terminal hands each key over as it is typed.
    pub fn is_raw(&self) -> bool {
        self.settings() != self.settings_before
    }

    /// Asserts that nothing of the program is left on the terminal.
    #[track_caller]
    pub fn is_restored(&self) {
        let screen = self.screen();
        assert!(!screen.alternate_screen(), "the other screen is still there");
        assert!(!screen.hide_cursor(), "the cursor is hidden");
        assert!(!screen.bracketed_paste(), "pastes come in brackets");
        assert_eq!(screen.mouse_protocol_mode(), vt100::MouseProtocolMode::None, "the mouse is caught");
        assert!(!screen.inverse() && !screen.bold(), "a style is left");
        assert_eq!(self.settings(), self.settings_before, "the line discipline");
        let updates =
            |sequence: &[u8]| self.written.windows(sequence.len()).filter(|w| w == &sequence).count();
        assert!(updates(b"\x1b[?2026h") <= updates(b"\x1b[?2026l"), "an update is left open");
    }
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}

/// How the kernel treats the terminal: echo, lines, signals.
fn settings(master: &dyn MasterPty) -> String {
    let Some(settings) = master.get_termios() else { return String::new() };
    format!(
        "{:?} {:?} {:?} {:?}",
        settings.input_flags, settings.output_flags, settings.control_flags, settings.local_flags
    )
}

impl Drop for Pty {
    fn drop(&mut self) {
        // Ended already, in most tests.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
