//! DKIM signatures, checked by a verifier that is not ours: Debian's python3-dkim, which `scripts/test.sh` installs.
#![allow(clippy::expect_used, clippy::panic, reason = "a test says what went wrong by panicking")]

mod support;

use lafayette::dispatch::dkim::Signer;
use openssl::pkey::{PKey, Private};
use openssl::rsa::Rsa;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use support::messages::{newsletter, report};

const NOW: i64 = 1_795_000_000;

/// Says of each file whether its signature holds, under the record beside it.
const VERIFIER: &str = r#"
import os, sys
try:
    import dkim, nacl.signing
except ImportError as error:
    sys.exit("install python3-dkim, as scripts/test.sh does: %s" % error)
folder = sys.argv[1]
for name in sorted(os.listdir(folder)):
    if name.endswith(".eml"):
        message = open(os.path.join(folder, name), "rb").read()
        record = open(os.path.join(folder, name[:-4] + ".txt"), "rb").read()
        asked = []
        def dns(question, timeout=5):
            asked.append(question)
            return record
        try:
            holds = dkim.verify(message, dnsfunc=dns)
        except dkim.DKIMException as error:
            holds = error
        print(name, holds, asked[0].decode() if asked else "")
"#;

fn key_file(folder: &Path, key: &PKey<Private>) -> PathBuf {
    let path = folder.join("key.pem");
    fs::write(&path, key.private_key_to_pem_pkcs8().expect("pem")).expect("written");
    fs::set_permissions(&path, PermissionsExt::from_mode(0o600)).expect("mode");
    path
}

fn rsa(bits: u32) -> PKey<Private> {
    PKey::from_rsa(Rsa::generate(bits).expect("rsa")).expect("key")
}

fn keys() -> [PKey<Private>; 2] {
    [rsa(2048), PKey::generate_ed25519().expect("ed25519")]
}

/// What the independent verifier says of signed messages, in their order.
fn verified(messages: &[(Vec<u8>, String)]) -> Vec<String> {
    let folder = tempfile::tempdir().expect("folder");
    for (at, (message, record)) in messages.iter().enumerate() {
        fs::write(folder.path().join(format!("{at:04}.eml")), message).expect("written");
        fs::write(folder.path().join(format!("{at:04}.txt")), record).expect("written");
    }
    // Debian's own Python, for which the package is.
    let ran = Command::new("/usr/bin/python3").args(["-c", VERIFIER]).arg(folder.path()).output();
    let ran = ran.expect("python3, which scripts/test.sh installs with python3-dkim");
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    let lines: Vec<String> = String::from_utf8_lossy(&ran.stdout).lines().map(str::to_owned).collect();
    assert_eq!(lines.len(), messages.len(), "{lines:?}");
    lines
}

/// Mails whose headers and bodies try the canonical form.
fn messages() -> Vec<Vec<u8>> {
    let header = "From: Desk <desk@example.com>\r\nTo: abuse@example.net\r\nSubject: x\r\nDate: Sun, 22 Nov 2026 10:00:00 +0000\r\n\
                  Message-ID: <1@example.com>\r\nMIME-Version: 1.0\r\n";
    let mut out = vec![report(1), newsletter(1)];
    for body in [
        "",
        "\r\n",
        "\r\n\r\n\r\n",
        "a\r\n\r\n\r\n",
        " \t\r\n \r\n",
        "a \t b\t\r\n  c\r\n",
        ".\r\n..\r\n",
        "Zürich \u{20ac}\r\n",
        "a",
        "-- \r\n",
    ] {
        out.push(format!("{header}\r\n{body}").into_bytes());
    }
    for more in [
        "Subject: FW: =?utf-8?q?folded?=\r\n\t=?utf-8?q?_and_more?=   \r\n",
        "Reply-To:desk@example.com\r\n",
        "References: <a@b>\r\n <c@d>\r\n\t<e@f>\r\nX-Other:  kept   out \r\n",
        "CC: a@example.net,\r\n b@example.net\r\ncc: c@example.net\r\n",
        "X-Empty:\r\nIn-Reply-To: \r\n",
        "Content-Type: multipart/report;\r\n report-type=feedback-report;  boundary=\"a b\"\r\n",
        "Content-Transfer-Encoding:  8bit \r\n",
    ] {
        out.push(format!("{header}{more}\r\nHello\r\n").into_bytes());
    }
    out
}

#[test]
fn an_independent_verifier_finds_every_signature_good_and_every_change_of_the_mail() {
    let folder = tempfile::tempdir().expect("folder");
    let mut cases: Vec<(Vec<u8>, String)> = vec![];
    let mut expected = vec![];
    for key in keys() {
        let signer = Signer::open("example.com", "desk", &key_file(folder.path(), &key)).expect("signer");
        let record = signer.record().expect("record");
        assert_eq!(signer.name(), "desk._domainkey.example.com");
        for message in messages() {
            let signed = signer.sign(&message, NOW).expect("signed");
            assert!(signed.ends_with(&message), "what was signed stays as it is");
            let header = String::from_utf8_lossy(&signed[..signed.len() - message.len()]).into_owned();
            assert!(header.starts_with("DKIM-Signature: v=1; ") && header.ends_with("\r\n"), "{header}");
            assert!(header.split("\r\n").all(|line| line.len() <= 78), "{header}");
            cases.push((signed, record.clone()));
            expected.push("True");
        }
        let mail = b"From: desk@example.com\r\nTo: abuse@example.net\r\nSubject: x\r\n\r\nHello\r\n";
        let signed = String::from_utf8(signer.sign(mail, NOW).expect("signed")).expect("ascii");
        for (what, by) in [
            ("Hello", "Hallo"),
            ("Subject: x", "Subject: y"),
            ("Subject: x\r\n", "Subject: x\r\nSubject: y\r\n"),
            ("To: abuse@", "To: other@"),
            ("From: desk@example.com\r\n", "From: a@example.org\r\nFrom: desk@example.com\r\n"),
            ("Subject: x\r\n", "Subject: x\r\nReply-To: a@example.org\r\n"),
            ("Subject: x\r\n", "Subject: x\r\nContent-Type: text/html\r\n"),
        ] {
            assert!(signed.contains(what));
            cases.push((signed.replacen(what, by, 1).into_bytes(), record.clone()));
            expected.push("not");
        }
    }
    for ((line, expected), (message, _)) in verified(&cases).iter().zip(expected).zip(&cases) {
        let holds = line.contains(" True desk._domainkey.example.com.");
        assert_eq!(holds, expected == "True", "{line}: {}", String::from_utf8_lossy(message));
    }
}

#[test]
fn a_record_is_known_again_however_it_is_written_and_another_is_not() {
    let folder = tempfile::tempdir().expect("folder");
    for key in keys() {
        let signer = Signer::open("example.com", "desk", &key_file(folder.path(), &key)).expect("signer");
        let record = signer.record().expect("record");
        let at = record.find("p=").expect("p") + 9;
        let split = format!("{} {}; t=s", &record[..at], &record[at..]);
        assert!(signer.is_in(&record) && signer.is_in(&split));
        if let Ok(rsa) = key.rsa() {
            use base64::{Engine, prelude::BASE64_STANDARD};
            let other_form = BASE64_STANDARD.encode(rsa.public_key_to_der_pkcs1().expect("der"));
            assert!(signer.is_in(&format!("p={other_form}")), "as the standard has it");
        }
        let short = record.replace("p=", "p=A");
        for other in ["", "v=DKIM1; p=", "v=DKIM1; k=rsa; p=AAAA", "v=DKIM1; p=\u{20ac}", short.as_str()] {
            assert!(!signer.is_in(other), "{other}");
        }
        for other in keys() {
            fs::create_dir_all(folder.path().join("b")).expect("folder");
            let other = Signer::open("example.com", "desk", &key_file(&folder.path().join("b"), &other))
                .expect("signer");
            assert!(!signer.is_in(&other.record().expect("record")));
        }
    }
}

#[test]
fn a_key_that_cannot_be_used_is_refused_with_what_to_do() {
    let folder = tempfile::tempdir().expect("folder");
    let open = |path: &Path| Signer::open("example.com", "desk", path).map(drop).expect_err("refused");
    let good = key_file(folder.path(), &rsa(2048));
    for mode in [0o640, 0o604, 0o660] {
        fs::set_permissions(&good, PermissionsExt::from_mode(mode)).expect("mode");
        assert!(open(&good).contains("chmod 600"), "{mode:o}");
    }
    assert!(open(&key_file(folder.path(), &rsa(512))).contains("1,024"));
    let other_kind =
        openssl::ec::EcGroup::from_curve_name(openssl::nid::Nid::X9_62_PRIME256V1).expect("curve");
    let other_kind = PKey::from_ec_key(openssl::ec::EcKey::generate(&other_kind).expect("key")).expect("key");
    assert!(open(&key_file(folder.path(), &other_kind)).contains("neither RSA nor Ed25519"));
    let path = folder.path().join("key.pem");
    let locked = rsa(1024)
        .private_key_to_pem_pkcs8_passphrase(openssl::symm::Cipher::aes_128_cbc(), b"passphrase")
        .expect("pem");
    for bytes in [b"nothing".to_vec(), vec![], locked, vec![b'x'; 100_000]] {
        fs::write(&path, bytes).expect("written");
        assert!(open(&path).contains("cannot be used"));
    }
    assert!(open(Path::new("/nowhere/key.pem")).contains("/nowhere/key.pem"));
}

#[test]
fn what_is_no_mail_is_not_signed() {
    let folder = tempfile::tempdir().expect("folder");
    let signer = Signer::open("example.com", "desk", &key_file(folder.path(), &rsa(1024))).expect("signer");
    for bytes in [
        &b""[..],
        b"From: a@b\r\n",
        b"no header\r\n\r\nx",
        b"Subject: x\r\n\r\nbody\r\n",
        b"From: a@b\r\n folded\r\n",
    ] {
        assert!(signer.sign(bytes, NOW).is_err(), "{bytes:?}");
    }
}
