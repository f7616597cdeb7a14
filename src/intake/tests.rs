//! What a user hands over, and what comes out of it.

use super::*;
use flate2::Compression;
use flate2::write::GzEncoder;
use proptest::prelude::*;
use std::collections::VecDeque;
use std::fs;
use std::io::Write;

fn read(paths: &[&Path]) -> Vec<Item> {
    read_within(paths, &Limits::default())
}

fn read_within(paths: &[&Path], limits: &Limits) -> Vec<Item> {
    let paths: Vec<PathBuf> = paths.iter().map(|p| p.to_path_buf()).collect();
    open(&paths, None, limits).collect()
}

fn bytes(items: &[Item]) -> Vec<&[u8]> {
    items
        .iter()
        .map(|item| match item {
            Item::Message(message) => message.bytes.as_slice(),
            other => panic!("{other:?}"),
        })
        .collect()
}

fn origins(items: &[Item], root: &Path) -> Vec<String> {
    let root = format!("{}/", root.display());
    items
        .iter()
        .map(|item| match item {
            Item::Message(m) => m.origin.replace(&root, ""),
            Item::Failed { origin, .. } | Item::Left { origin, .. } => {
                format!("FAILED {}", origin.replace(&root, ""))
            }
            Item::LargeNext => panic!("only a mailbox says so"),
        })
        .collect()
}

fn reason(item: &Item) -> &str {
    match item {
        Item::Failed { reason, .. } | Item::Left { reason, .. } => reason,
        other => panic!("{other:?}"),
    }
}

fn gzip(data: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(vec![], Compression::fast());
    encoder.write_all(data).expect("memory");
    encoder.finish().expect("memory")
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

const LINE: &str = "From sender@a.example Fri Nov 20 09:59:00 2026\n";

fn split(mbox: &[u8]) -> Vec<Item> {
    Mbox::new(mbox, "m".into(), &Limits::default()).collect()
}

#[test]
fn an_eml_file_is_one_message_whatever_it_begins_with() {
    let dir = folder();
    let path = dir.path().join("a.EML");
    let content = format!("{LINE}A: 1\n\nx\n\n{LINE}A: 2\n\ny\n");
    fs::write(&path, &content).expect("write");
    assert_eq!(bytes(&read(&[&path])), [content.as_bytes()]);
    let zipped = gzip(b"A: 1\n\n");
    fs::write(&path, &zipped).expect("write");
    assert_eq!(bytes(&read(&[&path])), [zipped]);
}

#[test]
fn any_other_file_is_judged_by_its_content() {
    let dir = folder();
    let mbox = format!("{LINE}A: 1\n\nx\n\n{LINE}A: 2\n\ny\n");
    for (name, content, expected) in [
        ("one.mbox", b"A: 1\n\nFrom x\n".to_vec(), vec!["A: 1\n\nFrom x\n"]),
        ("colon.txt", b"From : a@b.example\n\nx".to_vec(), vec!["From : a@b.example\n\nx"]),
        ("many.txt", mbox.clone().into_bytes(), vec!["A: 1\n\nx\n", "A: 2\n\ny\n"]),
        ("packed", gzip(mbox.as_bytes()), vec!["A: 1\n\nx\n", "A: 2\n\ny\n"]),
        ("packed.mbox", gzip(b"A: 3\n\n"), vec!["A: 3\n\n"]),
        ("members.gz", [gzip(b"A: 4\n"), gzip(b"\nrest")].concat(), vec!["A: 4\n\nrest"]),
        ("empty", vec![], vec![""]),
        ("empty.gz", gzip(b""), vec![""]),
        ("blank lines first", format!("\n\r\n{LINE}A: 5\n\n").into_bytes(), vec!["A: 5\n"]),
    ] {
        let path = dir.path().join(name);
        fs::write(&path, content).expect("write");
        let expected: Vec<&[u8]> = expected.into_iter().map(str::as_bytes).collect();
        assert_eq!(bytes(&read(&[&path])), expected, "{name}");
    }
}

#[test]
fn messages_of_an_mbox_are_numbered_from_one() {
    let items = split(format!("{LINE}A: 1\n\n{LINE}A: 2\n\n").as_bytes());
    let origins: Vec<String> = origins(&items, Path::new(""));
    assert_eq!(origins, ["m#1", "m#2"]);
}

#[test]
fn only_an_envelope_after_a_blank_line_begins_a_message() {
    for (mbox, expected) in [
        ("x\nFrom a@b.example Fri Nov 20 09:59:00 2026\ny\n", 1),
        ("x\n\nFrom the desk of the director, Monday 10:30 in 2026\ny\n", 1),
        ("x\n\nFrom Friday on, see 20 Nov 09:59 2026\ny\n", 1),
        ("x\n\nFrom: a@b.example\ny\n", 1),
        ("x\n\nFrom a@b.example Fri Nov 20 09:59:00 2026\ny\n", 2),
        ("x\n\nFrom - Fri Nov  6 09:59:00 2026\ny\n", 2),
        ("x\n\nFrom  Fri Nov 20 09:59 2026\ny\n", 2),
        ("x\n\nFrom 17@xxx Fri Nov 20 09:59:00 +0000 2026\ny\n", 2),
        ("x\n\nFrom a@b.example  Fri, 20 Nov 2026 09:59:00 +0100\ny\n", 2),
        ("x\n\nFrom \"a b\"@b.example Fri Nov 20 09:59:00 CET 2026 remote from c\ny\n", 2),
        ("x\n\nFrom \u{e9}@b.example Fri Nov 20 09:59:00 2026\ny\n", 2),
    ] {
        assert_eq!(split(format!("{LINE}{mbox}").as_bytes()).len(), expected, "{mbox}");
    }
}

#[test]
fn an_mbox_without_dates_is_split_at_lines_of_the_same_kind() {
    let items = split(b"From a@b.example\nA: 1\n\nFrom here on\n\nFrom c@d.example\nA: 2\n");
    assert_eq!(bytes(&items), [&b"A: 1\n\nFrom here on\n"[..], b"A: 2\n"]);
}

#[test]
fn crlf_is_kept_and_only_the_blank_line_of_the_mbox_goes() {
    let mbox = format!("{LINE}A: 1\n\nx\n\n\n{LINE}A: 2\n\ny").replace('\n', "\r\n");
    assert_eq!(bytes(&split(mbox.as_bytes())), [&b"A: 1\r\n\r\nx\r\n\r\n"[..], b"A: 2\r\n\r\ny"]);
}

#[test]
fn one_quote_is_taken_from_quoted_lines_only() {
    let mbox = format!("{LINE}A: 1\n\n>From x\n>>From y\n> From z\na >From b\n>Fromage\n>>>From");
    assert_eq!(
        bytes(&split(mbox.as_bytes())),
        [&b"A: 1\n\nFrom x\n>From y\n> From z\na >From b\n>Fromage\n>>>From"[..]]
    );
}

#[test]
fn a_message_over_the_limit_is_skipped_and_the_next_one_is_read() {
    let limits = Limits { message: 1000, ..Limits::default() };
    for size in [1001, 3_000_000] {
        let mbox = format!("{LINE}A: 1\n\n{}\n\n{LINE}A: 2\n\ny\n", "x".repeat(size));
        let items: Vec<Item> = Mbox::new(mbox.as_bytes(), "m".into(), &limits).chunked(64).collect();
        assert!(reason(&items[0]).contains("1000 bytes"), "{:?}", items[0]);
        assert_eq!(items[1..], split(mbox.as_bytes())[1..], "{size}");
        assert_eq!(items.len(), 2);
    }
    let dir = folder();
    for name in ["large.eml", "large"] {
        let path = dir.path().join(name);
        fs::write(&path, [b'x'; 1001]).expect("write");
        assert!(reason(&read_within(&[&path], &limits)[0]).contains("1000 bytes"), "{name}");
        fs::write(&path, [b'x'; 1000]).expect("write");
        assert_eq!(bytes(&read_within(&[&path], &limits))[0].len(), 1000, "{name}");
    }
}

#[test]
fn memory_is_bounded_by_the_limit_and_not_by_the_message() {
    let limits = Limits { message: 4096, ..Limits::default() };
    let endless = io::Cursor::new(LINE.as_bytes()).chain(io::repeat(b'x').take(50_000_000));
    let mut mbox = Mbox::new(endless, "m".into(), &limits).chunked(4096);
    assert!(matches!(mbox.next(), Some(Item::Failed { .. })));
    assert!(mbox.capacity() < 64 * 1024, "{}", mbox.capacity());
}

#[test]
fn a_maildir_gives_new_and_cur_of_itself_and_its_subfolders() {
    let dir = folder();
    let root = dir.path();
    for sub in ["", ".Sub", ".Sub.Deep", "plain/inner"] {
        for part in ["new", "cur", "tmp"] {
            fs::create_dir_all(root.join(sub).join(part)).expect("folder");
        }
    }
    for name in [
        "cur/2:2,S",
        "cur/1:2,",
        "new/3",
        "new/.hidden",
        "tmp/4",
        "dovecot.index",
        ".Sub/cur/5",
        ".Sub/maildirfolder",
        ".Sub.Deep/new/6",
        "plain/inner/new/7",
        "plain/notes.txt",
    ] {
        fs::write(root.join(name), "A: 1\n\n").expect("write");
    }
    assert_eq!(
        origins(&read(&[root]), root),
        [".Sub/cur/5", ".Sub.Deep/new/6", "cur/1:2,", "cur/2:2,S", "new/3", "plain/inner/new/7"]
    );
}

#[test]
fn a_tree_is_read_in_a_stable_order_with_everything_in_it() {
    let dir = folder();
    let root = dir.path();
    fs::create_dir_all(root.join("b/c")).expect("folder");
    for name in ["z", "b/c/2.eml", "b/1", ".hidden", "a"] {
        fs::write(root.join(name), "A: 1\n\n").expect("write");
    }
    fs::write(root.join("b/d"), format!("{LINE}A: 1\n\n{LINE}A: 2\n\n")).expect("write");
    assert_eq!(origins(&read(&[root]), root), [".hidden", "a", "b/1", "b/c/2.eml", "b/d#1", "b/d#2", "z"]);
}

#[cfg(unix)]
#[test]
fn links_are_followed_once_and_never_in_circles() {
    use std::os::unix::fs::symlink;
    let dir = folder();
    let root = dir.path();
    fs::create_dir(root.join("sub")).expect("folder");
    fs::write(root.join("sub/1"), "A: 1\n\n").expect("write");
    symlink(root, root.join("sub/up")).expect("link");
    symlink(root.join("sub"), root.join("again")).expect("link");
    symlink(root.join("sub/1"), root.join("file")).expect("link");
    symlink(root.join("nowhere"), root.join("gone")).expect("link");
    assert_eq!(origins(&read(&[root]), root), ["again/1", "file", "FAILED gone"]);
}

#[cfg(unix)]
#[test]
fn what_is_no_file_is_named_in_a_sentence_and_reading_goes_on() {
    let dir = folder();
    let root = dir.path();
    let _socket = std::os::unix::net::UnixListener::bind(root.join("a socket")).expect("socket");
    fs::write(root.join("b"), "A: 1\n\n").expect("write");
    let items = read(&[&root.join("none"), root]);
    assert_eq!(origins(&items, root), ["FAILED none", "FAILED a socket", "b"]);
    assert!(reason(&items[0]).starts_with("There is no such file"));
    assert!(reason(&items[1]).contains("socket"));
}

#[test]
fn damaged_gzip_fails_after_what_could_be_read() {
    let dir = folder();
    let path = dir.path().join("cut.gz");
    let mut mbox = format!("{LINE}A: 1\n\n").into_bytes();
    mbox.extend(format!("{LINE}A: 2\n\n").bytes());
    mbox.extend((0..200_000u32).flat_map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes()));
    let packed = gzip(&mbox);
    fs::write(&path, &packed[..packed.len() - 1000]).expect("write");
    let items = read(&[&path]);
    assert_eq!(origins(&items, dir.path()), ["cut.gz#1", "FAILED cut.gz#2"]);
    assert!(reason(&items[1]).contains("gzip data end too early"), "{:?}", items[1]);
}

#[test]
fn a_gzip_bomb_is_stopped_by_its_own_size() {
    let dir = folder();
    let path = dir.path().join("bomb");
    let mbox: Vec<u8> = format!("{LINE}{}\n\n", "x".repeat(900)).repeat(2_000).into_bytes();
    fs::write(&path, gzip(&mbox)).expect("write");
    let limits = Limits { message: 10_000, unpacking: 20 };
    let items = read_within(&[&path], &limits);
    let last = items.last().expect("something");
    assert!(reason(last).contains("more than 20 times"), "{last:?}");
    assert_eq!(read(&[&path]).len(), 2_000);
}

#[test]
fn progress_reaches_its_total() {
    let dir = folder();
    fs::write(dir.path().join("a"), "A: 1\n\n").expect("write");
    fs::write(dir.path().join("b.gz"), gzip(b"A: 2\n\n")).expect("write");
    let paths = [dir.path().to_owned()];
    let mut intake = open(&paths, None, &Limits::default());
    let progress = intake.progress();
    progress.measure(&paths);
    assert_eq!(intake.by_ref().count(), 2);
    assert_eq!(progress.done(), progress.total());
}

/// Gives at most so many bytes a read, in turn.
struct Drops<'a> {
    data: &'a [u8],
    sizes: VecDeque<usize>,
}

impl Read for Drops<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let size = self.sizes.pop_front().unwrap_or(1).max(1);
        self.sizes.push_back(size);
        let count = size.min(buffer.len()).min(self.data.len());
        buffer[..count].copy_from_slice(&self.data[..count]);
        self.data = &self.data[count..];
        Ok(count)
    }
}

/// As mboxrd is written: every `>*From ` line gets one `>` more, every message a blank line.
fn write_mbox(messages: &[String]) -> Vec<u8> {
    let mut out = vec![];
    for message in messages {
        out.extend(LINE.bytes());
        for line in message.split_inclusive('\n') {
            if line.trim_start_matches('>').starts_with("From ") {
                out.push(b'>');
            }
            out.extend(line.bytes());
        }
        out.push(b'\n');
    }
    out
}

proptest! {
    #[test]
    fn what_mboxrd_writes_is_read_back_byte_for_byte(
        messages in prop::collection::vec(
            prop::collection::vec("(>{0,3}From |\r|x|)[a-z :0-9\r]{0,12}", 0..6), 1..6),
        chunk in 1usize..80,
        sizes in prop::collection::vec(1usize..20, 1..4),
    ) {
        let messages: Vec<String> =
            messages.iter().map(|lines| lines.iter().map(|l| format!("{l}\n")).collect()).collect();
        let mbox = write_mbox(&messages);
        let input = Drops { data: &mbox, sizes: sizes.into() };
        let read: Vec<Item> = Mbox::new(input, "m".into(), &Limits::default()).chunked(chunk.max(LINE.len())).collect();
        let read = bytes(&read);
        let written: Vec<&[u8]> = messages.iter().map(String::as_bytes).collect();
        prop_assert_eq!(read, written);
    }

    #[test]
    fn no_bytes_make_it_fail_or_lose_the_end(data in prop::collection::vec(any::<u8>(), 0..400), chunk in 1usize..64) {
        let mbox = [LINE.as_bytes(), &data].concat();
        let items: Vec<Item> = Mbox::new(&mbox[..], "m".into(), &Limits::default()).chunked(chunk).collect();
        prop_assert!(!items.is_empty());
        prop_assert!(items.iter().all(|item| matches!(item, Item::Message(_))));
    }
}
