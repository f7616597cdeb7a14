//! A Dovecot of our own on loopback (Debian's dovecot-imapd, 2.3), for root and for ordinary users.
//!
//! Mail lies as Maildir in a temporary folder, where tests put it and look at it without asking the server. Every user
//! exists and has the same password.

use super::certificates::{Certificates, Identity};
use super::messages::sha256;
use std::fs::{self, Permissions};
use std::io::Read;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// With what a command line or a quoted string would stumble over.
pub const PASSWORD: &str = "s\"e\\cret-$";
/// Capabilities after login, without those that make moving and deleting safe.
pub const WITHOUT_MOVE: &str = "IMAP4rev1 LITERAL+ IDLE NAMESPACE UIDPLUS SPECIAL-USE";
pub const WITHOUT_MOVE_AND_UIDPLUS: &str = "IMAP4rev1 LITERAL+ NAMESPACE";
/// Who owns the mail when root runs the tests; Dovecot gives mail to nobody who is root.
const NOBODY: u32 = 65_534;
const PATIENCE: Duration = Duration::from_secs(20);

/// How it is set up.
pub struct Options {
    /// What it says it can do after login; empty: what it can.
    pub capability: &'static str,
    /// Between a folder and the one below it.
    pub separator: char,
    /// Before the name of every folder but INBOX.
    pub prefix: &'static str,
    /// How many messages a user may have.
    pub quota: Option<usize>,
    /// Which certificate it shows.
    pub identity: fn(&Certificates) -> &Identity,
}

impl Default for Options {
    fn default() -> Options {
        Options { capability: "", separator: '/', prefix: "", quota: None, identity: |made| &made.good }
    }
}

/// Runs until it is dropped.
pub struct Dovecot {
    folder: tempfile::TempDir,
    process: Child,
    /// Speaks plain and STARTTLS.
    pub port: u16,
    /// Speaks TLS from the first byte.
    pub tls_port: u16,
    pub certificates: Certificates,
    delivered: AtomicUsize,
}

/// A message as it lies in a folder.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Kept {
    pub sha256: String,
    /// The letters of Maildir: S seen, T deleted, F flagged.
    pub flags: String,
}

impl Dovecot {
    pub fn start(options: &Options) -> Dovecot {
        let folder = tempfile::tempdir().unwrap();
        fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).unwrap();
        for name in ["run", "state", "mail"] {
            fs::create_dir(folder.path().join(name)).unwrap();
        }
        let certificates = Certificates::make(folder.path());
        fs::write(folder.path().join("quota.conf"), options.quota.map_or_else(String::new, quota)).unwrap();
        // Another process may take a port between our letting it go and Dovecot's taking it.
        for _ in 0..5 {
            let [port, tls_port] = free_ports();
            let configuration = configuration(folder.path(), options, &certificates, [port, tls_port]);
            fs::write(folder.path().join("dovecot.conf"), configuration).unwrap();
            let mut process = Command::new(program())
                .args(["-F", "-c"])
                .arg(folder.path().join("dovecot.conf"))
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(fs::File::create(folder.path().join("said")).unwrap())
                .spawn()
                .expect("Dovecot is needed: scripts/test.sh installs it");
            if greets(port, &mut process) {
                return Dovecot {
                    folder,
                    process,
                    port,
                    tls_port,
                    certificates,
                    delivered: AtomicUsize::new(0),
                };
            }
            end(&mut process);
        }
        let said =
            ["said", "log"].map(|name| fs::read_to_string(folder.path().join(name)).unwrap_or_default());
        panic!("Dovecot does not start: {}", said.concat());
    }

    /// A feed that reads a user's mailbox; `more` are further lines of its configuration.
    pub fn feed(&self, name: &str, user: &str, tls: &str, more: &str) -> String {
        let port = if tls == "implicit" { self.tls_port } else { self.port };
        let ca_file = match tls {
            "none" => String::new(),
            _ => format!("ca_file = '{}'\n", self.certificates.authority.display()),
        };
        let password = self.folder.path().join("password");
        fs::write(&password, PASSWORD).unwrap();
        format!(
            "[[feed]]\nname = '{name}'\nhost = 'localhost'\nport = {port}\ntls = '{tls}'\nuser = '{user}'\n\
             password_file = '{}'\ntimeout_seconds = 20\n{ca_file}{more}\n",
            password.display()
        )
    }

    /// Puts messages into a folder, new and unseen; the folder is made when missing. `/` is the separator here.
    pub fn deliver(&self, user: &str, folder: &str, messages: &[Vec<u8>]) {
        for bytes in messages {
            self.place(user, folder, "new", "", bytes);
        }
    }

    /// Puts a message there that somebody has flagged already.
    pub fn deliver_flagged(&self, user: &str, folder: &str, flags: &str, bytes: &[u8]) {
        self.place(user, folder, "cur", &format!(":2,{flags}"), bytes);
    }

    /// Puts a message there that arrived so long ago.
    pub fn deliver_old(&self, user: &str, folder: &str, age: Duration, bytes: &[u8]) {
        let path = self.place(user, folder, "new", "", bytes);
        let modified = fs::metadata(&path).unwrap().modified().unwrap();
        fs::File::options().write(true).open(&path).unwrap().set_modified(modified - age).unwrap();
    }

    fn place(&self, user: &str, folder: &str, part: &str, suffix: &str, bytes: &[u8]) -> PathBuf {
        let folder = self.make_folder(user, folder);
        let number = self.delivered.fetch_add(1, Ordering::Relaxed);
        let name = format!("{:010}.{number}.tests", 1_790_000_000 + number);
        let made = folder.join("tmp").join(&name);
        fs::write(&made, bytes).unwrap();
        own(&made);
        let place = folder.join(part).join(name + suffix);
        fs::rename(made, &place).unwrap();
        place
    }

    /// Makes an empty folder, when it is missing.
    pub fn make_folder(&self, user: &str, folder: &str) -> PathBuf {
        let path = self.maildir(user, folder);
        if !path.join("cur").exists() {
            for part in ["", "cur", "new", "tmp"] {
                fs::create_dir_all(path.join(part)).unwrap();
                own(&path.join(part));
            }
            own(&self.maildir(user, "INBOX"));
            if folder != "INBOX" {
                fs::write(path.join("maildirfolder"), "").unwrap();
                own(&path.join("maildirfolder"));
            }
        }
        path
    }

    /// What lies in a folder, sorted.
    pub fn kept(&self, user: &str, folder: &str) -> Vec<Kept> {
        let mut out = vec![];
        for part in ["new", "cur"] {
            let Ok(entries) = fs::read_dir(self.maildir(user, folder).join(part)) else { continue };
            for entry in entries {
                let path = entry.unwrap().path();
                let name = path.file_name().unwrap().to_string_lossy().into_owned();
                let flags = name.split_once(":2,").map_or("", |(_, flags)| flags).to_owned();
                out.push(Kept { sha256: sha256(&fs::read(&path).unwrap()), flags });
            }
        }
        out.sort();
        out
    }

    /// The hashes of what lies in a folder, sorted.
    pub fn hashes(&self, user: &str, folder: &str) -> Vec<String> {
        self.kept(user, folder).into_iter().map(|kept| kept.sha256).collect()
    }

    /// Every file of a user's mail and when it was changed; what Dovecot keeps for itself is left out.
    pub fn files(&self, user: &str) -> Vec<(PathBuf, std::time::SystemTime)> {
        let mut out = vec![];
        let mut folders = vec![self.maildir(user, "INBOX")];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
                let name = entry.file_name().to_string_lossy().into_owned();
                if entry.file_type().unwrap().is_dir() {
                    out.push((entry.path(), std::time::UNIX_EPOCH));
                    folders.push(entry.path());
                } else if !name.starts_with("dovecot") {
                    out.push((entry.path(), entry.metadata().unwrap().modified().unwrap()));
                }
            }
        }
        out.sort();
        out
    }

    /// Gives these flags to everything in a folder, as a mail program would.
    pub fn flag_all(&self, user: &str, folder: &str, flags: &str) {
        for part in ["new", "cur"] {
            let Ok(entries) = fs::read_dir(self.maildir(user, folder).join(part)) else { continue };
            for entry in entries.map(Result::unwrap) {
                let name = entry.file_name().to_string_lossy().into_owned();
                let base = name.split_once(":2,").map_or(name.as_str(), |(base, _)| base);
                let flagged = self.maildir(user, folder).join("cur").join(format!("{base}:2,{flags}"));
                fs::rename(entry.path(), flagged).unwrap();
            }
        }
    }

    /// From now on a user may have so many messages.
    pub fn set_quota(&self, messages: usize) {
        fs::write(self.folder.path().join("quota.conf"), quota(messages)).unwrap();
        let reloaded = Command::new("kill").args(["-HUP", &self.process.id().to_string()]).status();
        assert!(reloaded.unwrap().success());
        std::thread::sleep(Duration::from_millis(200));
    }

    /// A folder of Maildir++: below the user's own, its levels divided by dots.
    fn maildir(&self, user: &str, folder: &str) -> PathBuf {
        let root = self.folder.path().join("mail").join(user);
        if folder == "INBOX" { root } else { root.join(format!(".{}", folder.replace('/', "."))) }
    }

    /// Gives a folder another UIDVALIDITY, as a server does that was restored from a backup.
    pub fn forget_numbers(&self, user: &str, folder: &str) {
        for entry in fs::read_dir(self.maildir(user, folder)).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if name.starts_with("dovecot-uid") || name.starts_with("dovecot.index") {
                fs::remove_file(path).unwrap();
            }
        }
    }
}

impl Drop for Dovecot {
    fn drop(&mut self) {
        end(&mut self.process);
    }
}

/// Its children end when they see the master gone. Asked politely it would take a second to end.
fn end(process: &mut Child) {
    let _ = process.kill();
    let _ = process.wait();
}

/// Debian puts it where ordinary users do not look.
fn program() -> &'static str {
    if Path::new("/usr/sbin/dovecot").exists() { "/usr/sbin/dovecot" } else { "dovecot" }
}

fn greets(port: u16, process: &mut Child) -> bool {
    let began = Instant::now();
    while began.elapsed() < PATIENCE && matches!(process.try_wait(), Ok(None)) {
        if let Ok(mut stream) = TcpStream::connect((Ipv4Addr::LOCALHOST, port)) {
            let mut greeting = [0; 4];
            return stream.read_exact(&mut greeting).is_ok() && &greeting == b"* OK";
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    false
}

pub fn free_ports<const COUNT: usize>() -> [u16; COUNT] {
    let held = [(); COUNT].map(|()| TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap());
    held.map(|listener| listener.local_addr().unwrap().port())
}

fn own(path: &Path) {
    if user_and_group().0 == 0 {
        chown(path, Some(NOBODY), Some(NOBODY)).unwrap();
    }
}

fn quota(messages: usize) -> String {
    format!(
        "mail_plugins = quota\n\
         plugin {{\n  quota = count:All mail\n  quota_rule = *:messages={messages}\n  quota_vsizes = yes\n}}\n"
    )
}

/// Whom this process acts as.
fn user_and_group() -> (u32, u32) {
    let process = fs::metadata("/proc/self").unwrap();
    (process.uid(), process.gid())
}

fn configuration(
    folder: &Path,
    options: &Options,
    certificates: &Certificates,
    [port, tls_port]: [u16; 2],
) -> String {
    let (user, group) = user_and_group();
    // Root has Debian's users for the processes that touch no mail; anybody else does everything.
    let (owner, processes) = if user == 0 {
        ((NOBODY, NOBODY), String::new())
    } else {
        let name = |flag: &str| {
            let output = Command::new("id").arg(flag).output().unwrap();
            String::from_utf8(output.stdout).unwrap().trim().to_owned()
        };
        let (user_name, group_name) = (name("-un"), name("-gn"));
        let lines = format!(
            "default_internal_user = {user_name}\ndefault_internal_group = {group_name}\n\
             default_login_user = {user_name}\n"
        );
        ((user, group), lines)
    };
    let capability = match options.capability {
        "" => String::new(),
        given => format!("imap_capability = {given}\n"),
    };
    let identity = (options.identity)(certificates);
    format!(
        "base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
protocols = imap
listen = 127.0.0.1
ssl = yes
ssl_cert = <{certificate}
ssl_key = <{key}
disable_plaintext_auth = no
auth_mechanisms = plain login
auth_failure_delay = 0
mail_location = maildir:{folder}/mail/%u
mail_fsync = never
first_valid_uid = 1
mail_max_userip_connections = 100
{processes}{capability}!include {folder}/quota.conf
passdb {{
  driver = static
  args = password={PASSWORD}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}/mail/%u
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
namespace inbox {{
  inbox = yes
  separator = {separator}
  prefix = {prefix}
}}
",
        folder = folder.display(),
        certificate = identity.certificate.display(),
        key = identity.key.display(),
        uid = owner.0,
        gid = owner.1,
        separator = options.separator,
        prefix = options.prefix,
    )
}
