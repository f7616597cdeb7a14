//! The fourth part, for a contact that wants it: the redacted mail in a zip file with a password. Knows no other part.

use crate::model::{ReportForm, ZipCipher};
use std::io::{Cursor, Write};
use zip::result::ZipResult;
use zip::unstable::write::FileOptionsExt;
use zip::write::SimpleFileOptions;
use zip::{AesMode, ZipWriter};

/// The name of the mail inside.
const FILE: &str = "mail.eml";

/// The archive. Two of the same mail differ: both ciphers begin with random bytes.
pub(super) fn archive(mail: &[u8], form: &ReportForm) -> ZipResult<Vec<u8>> {
    let password = form.zip_password.as_str();
    // The file's time is left at its zero, 1980: when we wrote the report says nothing about the mail.
    let options = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Deflated);
    let mut writer = ZipWriter::new(Cursor::new(Vec::with_capacity(mail.len() / 2 + 512)));
    match form.zip_cipher {
        ZipCipher::ZipCrypto => {
            writer.start_file(FILE, options.with_deprecated_encryption(password.as_bytes())?)?;
        }
        ZipCipher::Aes => {
            writer.start_file(FILE, options.with_aes_encryption(AesMode::Aes256, password))?;
        }
    }
    writer.write_all(mail)?;
    Ok(writer.finish()?.into_inner())
}
